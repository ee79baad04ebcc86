"""Where the two documents live: files on a laptop, ConfigMaps in a cluster (kubernetes.py)."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.desired import DesiredState, parse_desired_state
from services.desired import to_text as desired_text
from services.rollout import state as states
from services.rollout import steps
from services.rollout.state import Event, RolloutState

_TRIES = 10


class HomeAway(Exception):
    """The documents cannot be reached now; the message says which and why."""


class Changed(Exception):
    """Somebody else has written the document since it was read: read it again, and decide again."""


@dataclass(frozen=True)
class Written:
    """A document as it was read; `version` tells it from any other writing of it."""

    text: str
    version: str


class Home(Protocol):
    """Two documents, each read and written as a whole. Every method raises HomeAway.

    `reach_seconds`: how long a desired state that is written here may take to reach every model server.
    """

    reach_seconds: float

    def read_desired(self) -> Written:
        """The desired state."""

    def read_state(self) -> Written:
        """The state of the rollouts; an empty text where there is none yet."""

    def write_desired(self, text: str, instead_of: Written) -> None:
        """Raises Changed: it is not the one that was read any more."""

    def write_state(self, text: str, instead_of: Written) -> None:
        """Raises Changed: it is not the one that was read any more."""

    def tell(self, event: Event) -> None:
        """Where others look for what happens, besides the history: a cluster has Events."""


@dataclass(frozen=True)
class Documents:
    """Both as they are now, with what is needed to write them."""

    desired: DesiredState
    state: RolloutState
    desired_written: Written
    state_written: Written


def read_both(home: Home) -> Documents:
    """The desired state, and what is known of the rollouts.

    Raises:
        HomeAway, BadDesiredState, BadRolloutState.
    """
    state, desired = home.read_state(), home.read_desired()
    return Documents(parse_desired_state(desired.text), states.parse(state.text), desired, state)


def write_both(home: Home, was: Documents, state: RolloutState, desired: DesiredState) -> None:
    """Writes what has changed: the state first, so that whoever dies in between has said what was going to come.

    Raises:
        Changed: the state is another one, and nothing was written; or what is desired of a model whose rollout has
            changed became somebody else's will, and that stands.
        HomeAway, BadDesiredState.
    """
    if state != was.state:
        home.write_state(states.to_text(state), was.state_written)
    try:
        _write_desired(home, was, state, desired)
    finally:  # telling takes its time: the two writes should not be apart for that
        for event in (event for event in state.history if event not in was.state.history):
            home.tell(event)


def _write_desired(home: Home, was: Documents, state: RolloutState, desired: DesiredState) -> None:
    """The state stands already: what else was written meanwhile stays, and is no reason to give up."""
    ours = {model: desired[model] for model in desired if desired[model] != was.desired.get(model)}
    there, instead_of = was.desired, was.desired_written
    for _ in range(_TRIES):
        if not ours:
            return
        try:
            home.write_desired(desired_text({**there, **ours}), instead_of)
            return
        except Changed:
            instead_of = home.read_desired()
            there = parse_desired_state(instead_of.text)
            if not all(steps.may_write(state.rollouts[model], there.get(model)) for model in ours):
                raise
    raise Changed("the desired state")


class FileHome:
    """Files beside each other. Whoever writes through here waits for the others; an editor may not."""

    reach_seconds = 5.0

    def __init__(self, desired: Path) -> None:
        """`desired`: the desired-state document; the state of the rollouts is `rollout.yaml` beside it."""
        self._desired, self._state = desired, desired.with_name("rollout.yaml")

    def read_desired(self) -> Written:
        """See Home."""
        try:
            return _written(self._desired.read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise HomeAway(f"{self._desired}: {error}") from error

    def read_state(self) -> Written:
        """See Home."""
        try:
            return _written(self._state.read_text())
        except FileNotFoundError:
            return _written("")
        except (OSError, UnicodeDecodeError) as error:
            raise HomeAway(f"{self._state}: {error}") from error

    def write_desired(self, text: str, instead_of: Written) -> None:
        """See Home."""
        with self._alone():
            if self.read_desired() != instead_of:
                raise Changed(str(self._desired))
            _replace(self._desired, text)

    def write_state(self, text: str, instead_of: Written) -> None:
        """See Home."""
        with self._alone():
            if self.read_state() != instead_of:
                raise Changed(str(self._state))
            _replace(self._state, text)

    def tell(self, event: Event) -> None:
        """See Home: there is nobody else."""

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with self._state.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise HomeAway(f"{self._state.parent}: {error}") from error


def _written(text: str) -> Written:
    return Written(text, text)


def _replace(path: Path, text: str) -> None:
    """As a whole or not at all, and on the disk before it has the name."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
