"""Which version of a model to load or unload next (`core/availability_preserving_policy.cc`)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from services.serving.embedded.servable import Servable
from services.serving.embedded.states import State


@dataclass
class Entry:
    """A version under management; guarded by the manager's lock."""

    path: Path
    wanted: bool = True
    state: State = State.START
    scheduled: bool = False  # a load or unload is queued or under way
    servable: Servable | None = None
    users: int = 0  # requests that hold it
    stop_retrying: threading.Event = field(default_factory=threading.Event)


class Action(NamedTuple):
    """Sorts in the order in which actions of several models are taken: unloads first."""

    is_load: bool
    model: str
    version: int


def next_action(model: str, entries: Mapping[int, Entry]) -> Action | None:
    """What to do next for one model.

    As long as a wanted version serves, unwanted ones go first, lowest first; otherwise one of
    them stays until the highest wanted version is loaded.
    """
    idle = {version: entry for version, entry in entries.items() if not entry.scheduled}
    serving = [version for version, entry in idle.items() if entry.state is State.AVAILABLE]
    unwanted = [version for version in serving if not idle[version].wanted]
    nothing_wanted = not any(entry.wanted for entry in entries.values())
    if unwanted and (nothing_wanted or len(unwanted) < len(serving) or len(unwanted) > 1):
        return Action(False, model, min(unwanted))
    new = [version for version, entry in idle.items() if entry.wanted and entry.state is State.START]
    return Action(True, model, max(new)) if new else None
