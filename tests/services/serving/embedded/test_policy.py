"""The order in which versions are loaded and unloaded."""

from pathlib import Path

import pytest

from services.serving.embedded.policy import Action, Entry, next_action
from services.serving.embedded.states import State

AVAILABLE, START, LOADING, END = State.AVAILABLE, State.START, State.LOADING, State.END


def entry(state, wanted=True, scheduled=False):
    return Entry(Path(), wanted=wanted, state=state, scheduled=scheduled)


def load(version):
    return Action(True, "m", version)


def unload(version):
    return Action(False, "m", version)


UNWANTED = entry(AVAILABLE, wanted=False)


@pytest.mark.parametrize(
    ("entries", "action"),
    [
        ({}, None),
        ({1: entry(START), 2: entry(START)}, load(2)),
        ({1: entry(START), 2: entry(LOADING, scheduled=True)}, load(1)),
        ({1: UNWANTED, 2: entry(START)}, load(2)),  # the old one serves until the new one does
        ({1: UNWANTED, 2: entry(LOADING, scheduled=True)}, None),
        ({1: UNWANTED, 2: entry(END)}, None),  # it failed: the old one stays
        ({1: UNWANTED, 2: entry(AVAILABLE)}, unload(1)),
        ({1: UNWANTED, 2: entry(AVAILABLE, scheduled=True), 3: entry(START)}, load(3)),
        ({1: UNWANTED, 2: UNWANTED, 3: entry(START)}, unload(1)),  # one is enough to stay available
        ({1: UNWANTED, 2: UNWANTED, 3: entry(AVAILABLE)}, unload(1)),
        ({1: UNWANTED}, unload(1)),  # nothing is wanted
        ({1: entry(AVAILABLE), 2: entry(START), 3: UNWANTED}, unload(3)),
        ({1: entry(END), 2: entry(AVAILABLE)}, None),
    ],
)
def test_the_next_action_of_a_model(entries, action):
    assert next_action("m", entries) == action


def test_unloads_of_any_model_come_before_loads():
    assert min(load(1), unload(9), Action(True, "a", 1)) == unload(9)
