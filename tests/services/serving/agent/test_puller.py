"""Versions come from a real store in a folder; the cache is shared by two agents of a node."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.serving.agent.metrics import Metrics
from services.serving.agent.puller import ModelVersion, Puller
from services.store.store import ModelStore

ONE = ModelVersion("digit", 1)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "store").mkdir()
    with ModelStore.open(str(tmp_path / "store")) as store:
        store.publish(folder, "digit", 1)
    return tmp_path / "store"


@pytest.fixture
def make_puller(tmp_path: Path, store: Path) -> Iterator[Callable[..., Puller]]:
    """Pullers of nodes by name, all with the cache tmp_path/cache unless it is turned off."""
    pullers = []

    def make(node: str, cache: bool = True) -> Puller:
        cache_folder = tmp_path / "cache" if cache else None
        pullers.append(Puller(lambda: ModelStore.open(str(store)), tmp_path / node, cache_folder, Metrics()))
        return pullers[-1]

    yield make
    for puller in pullers:
        puller.close()


def wait_for(puller: Puller, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        puller.want([ONE])
        time.sleep(0.02)


def is_here(puller: Puller) -> Callable[[], bool]:
    return lambda: puller.present("digit") == {1}


def test_two_agents_with_one_cache_share_the_bytes(make_puller: Callable[..., Puller], tmp_path: Path) -> None:
    for node in ("a", "b"):
        puller = make_puller(node)
        wait_for(puller, is_here(puller))
    files = [tmp_path / node / "digit" / "1" / "saved_model.pb" for node in ("a", "b")]
    assert files[0].read_bytes() == b"graph"
    assert files[0].stat().st_ino == files[1].stat().st_ino
    assert len(list((tmp_path / "cache" / "digit").glob("1-*"))) == 1


def test_with_the_store_away_the_cache_is_enough(
    make_puller: Callable[..., Puller], store: Path, tmp_path: Path
) -> None:
    first = make_puller("a")
    wait_for(first, is_here(first))
    shutil.move(store, tmp_path / "away")
    second = make_puller("b")
    wait_for(second, is_here(second))


def test_a_damaged_cache_is_filled_again(make_puller: Callable[..., Puller], tmp_path: Path) -> None:
    first = make_puller("a")
    wait_for(first, is_here(first))
    [cached] = (tmp_path / "cache" / "digit").glob("1-*")
    (cached / "saved_model.pb").unlink()
    (cached / "saved_model.pb").write_bytes(b"grapH")
    second = make_puller("b")
    wait_for(second, is_here(second))
    assert (tmp_path / "b" / "digit" / "1" / "saved_model.pb").read_bytes() == b"graph"


def test_a_removed_version_is_gone_at_once_and_can_come_back(
    make_puller: Callable[..., Puller], tmp_path: Path
) -> None:
    puller = make_puller("a", cache=False)
    wait_for(puller, is_here(puller))
    puller.want([])
    puller.remove(ONE)
    assert puller.present("digit") == set()
    assert list((tmp_path / "a" / "digit").iterdir()) == []
    wait_for(puller, is_here(puller))


def test_what_is_left_of_a_removal_that_was_cut_off_does_not_matter(
    make_puller: Callable[..., Puller], tmp_path: Path
) -> None:
    puller = make_puller("a", cache=False)
    wait_for(puller, is_here(puller))
    (tmp_path / "a" / "digit" / ".removed-1").mkdir()
    (tmp_path / "a" / "digit" / ".removed-1" / "rest").write_text("")
    puller.want([])
    puller.remove(ONE)
    assert list((tmp_path / "a" / "digit").iterdir()) == []
