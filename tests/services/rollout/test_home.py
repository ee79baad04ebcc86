"""Where the documents live: written as a whole, and never over what somebody else wrote."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from services.desired import BadDesiredState, DesiredModel, to_text
from services.rollout import steps
from services.rollout.home import Changed, Documents, FileHome, HomeAway, Written, read_both, write_both
from services.rollout.policy import RolloutPolicy
from services.rollout.state import BadRolloutState, Event, Phase, RolloutState

DESIRED = "models: {reader: {stable: 1}, cropper: {stable: 3}}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(DESIRED)
    return path


def begun(path: Path) -> tuple[FileHome, RolloutState, dict[str, DesiredModel]]:
    home = FileHome(path)
    was = read_both(home)
    rollout = replace(steps.start("reader", was.desired["reader"], 2, RolloutPolicy(), 5.0), phase=Phase.LOAD)
    return home, was.state.having(rollout), {**was.desired, "reader": steps.desired_by(rollout)}


def test_what_is_written_is_read_back_and_other_models_stay(path: Path) -> None:
    home, state, desired = begun(path)

    write_both(home, read_both(home), state, desired)

    found = read_both(home)
    assert found.state == state
    assert found.desired == {"reader": DesiredModel(1, 2), "cropper": DesiredModel(3)}


@pytest.mark.parametrize("name", ["models.yaml", "rollout.yaml"])
def test_nothing_is_written_over_what_somebody_else_wrote(path: Path, name: str) -> None:
    home, state, desired = begun(path)
    was = read_both(home)
    theirs = "models: {reader: {stable: 9}}\n" if name == "models.yaml" else "history: []\n"
    path.with_name(name).write_text(theirs)

    with pytest.raises(Changed):
        write_both(home, was, state, desired)

    assert path.with_name(name).read_text() == theirs


def test_the_state_is_written_before_the_desired_state(path: Path) -> None:
    home, state, desired = begun(path)
    was = read_both(home)
    path.write_text("models: {reader: {stable: 9}}\n")

    with pytest.raises(Changed):
        write_both(home, was, state, desired)

    assert read_both(home).state == state


class Late(FileHome):
    """The controller's step to 25 % comes between our two writes; whoever is told sees what is desired by then."""

    late: dict[str, DesiredModel] | None = None

    def write_desired(self, text: str, instead_of: Written) -> None:
        if self.late is not None:
            late, self.late = self.late, None
            super().write_desired(to_text(late), self.read_desired())
        super().write_desired(text, instead_of)

    def tell(self, _event: Event) -> None:
        self.told = self.read_desired().text


def aborting(path: Path, **late: DesiredModel) -> tuple[Late, Documents, RolloutState, dict[str, DesiredModel]]:
    home = Late(path)
    was = read_both(home)
    share = replace(steps.start("reader", was.desired["reader"], 2, RolloutPolicy(), 5.0), phase=Phase.SHARE)
    write_both(home, was, was.state.having(share), {**was.desired, "reader": steps.desired_by(share)})
    was = read_both(home)
    aborted = steps.aborted(share, was.desired["reader"], steps.Person("ann"), 6.0)
    home.late = {**was.desired, **late}
    state = was.state.having(aborted, Event(6.0, "reader", "ann", "abort", ""))
    return home, was, state, {**was.desired, "reader": steps.desired_by(aborted)}


def test_an_abort_outlives_a_step_that_is_written_at_the_same_moment(path: Path) -> None:
    mine = aborting(path, reader=DesiredModel(1, 2, 25.0, 20.0), cropper=DesiredModel(4))

    write_both(*mine)

    assert read_both(mine[0]).desired == {"reader": DesiredModel(1), "cropper": DesiredModel(4)}
    assert "reader: {stable: 1}" in mine[0].told


def test_an_abort_leaves_what_somebody_else_wants_at_the_same_moment(path: Path) -> None:
    mine = aborting(path, reader=DesiredModel(9))

    with pytest.raises(Changed):
        write_both(*mine)

    assert read_both(mine[0]).desired["reader"] == DesiredModel(9)


def test_what_has_not_changed_is_not_written(path: Path) -> None:
    home, _, _ = begun(path)
    was = read_both(home)
    path.write_text("models: {reader: {stable: 9}}\n")

    write_both(home, was, was.state, was.desired)

    assert not path.with_name("rollout.yaml").exists()


def test_a_home_that_cannot_be_read_is_told(path: Path) -> None:
    home = FileHome(path)
    path.with_name("rollout.yaml").write_text("rollouts: 3")
    with pytest.raises(BadRolloutState):
        read_both(home)
    path.with_name("rollout.yaml").unlink()
    path.write_text("models: 3")
    with pytest.raises(BadDesiredState):
        read_both(home)
    path.unlink()
    with pytest.raises(HomeAway):
        read_both(home)


def add_lines(path: Path, who: str) -> None:
    home, written = FileHome(path), 0
    while written < 20:
        was = read_both(home)
        rollout = steps.start("reader", was.desired["reader"], 2, RolloutPolicy(), 5.0)
        try:
            write_both(
                home, was, was.state.having(rollout, Event(5.0, "reader", who, "say", str(written))), was.desired
            )
        except Changed:
            continue
        written += 1


def test_of_two_writers_at_once_neither_loses_a_line(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=add_lines, args=(path, who)) for who in ("ann", "bob")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    history = read_both(FileHome(path)).state.history
    assert {(event.who, event.why) for event in history} == {(w, str(n)) for w in ("ann", "bob") for n in range(20)}
    assert sorted(each.name for each in path.parent.iterdir()) == ["models.yaml", "rollout.lock", "rollout.yaml"]
