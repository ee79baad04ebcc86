"""`fvi-ocr rollout`: what people say to a rollout, and what they see of it."""

import argparse
import getpass
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.live import Live

from services.cli import CommandError
from services.desired import BadDesiredState, DesiredModel
from services.rollout import steps, view
from services.rollout.home import Changed, Documents, FileHome, Home, HomeAway, read_both, write_both
from services.rollout.policy import BadPolicy, RolloutPolicy
from services.rollout.state import BadRolloutState, Event, Rollout
from services.rollout.steps import CannotDo, Person

_TRIES = 10  # the controller writes every few seconds, too
Change = Callable[[Rollout, DesiredModel, Person, float], Rollout]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Raises:
        CommandError: it cannot be done; says why in one line.
    """
    arguments = _parser().parse_args(argv)
    try:
        _run(arguments, _home(arguments))
    except (HomeAway, BadDesiredState, BadRolloutState, BadPolicy, CannotDo) as error:
        raise CommandError(str(error)) from error
    return 0


def _home(arguments: argparse.Namespace) -> Home:
    if not arguments.namespace:
        if arguments.desired is None:
            raise CommandError("name the desired-state document with --desired, or a --namespace of a cluster")
        return FileHome(arguments.desired)
    from services.rollout.cluster import ClusterHome, connect

    connect()
    return ClusterHome(arguments.namespace, arguments.desired_configmap, arguments.state_configmap)


def _run(arguments: argparse.Namespace, home: Home) -> None:
    match arguments.verb:
        case "status":
            _status(home, arguments.watch)
        case "history":
            Console().print(view.history(read_both(home).state.history, arguments.model))
        case "start":
            _start(arguments, home)
        case verb:
            _change(arguments, home, verb)


def _status(home: Home, watch: bool) -> None:
    if not watch:
        Console().print(view.status(read_both(home).state, time.time()))
        return
    with Live(auto_refresh=False, console=Console()) as live:
        while True:
            live.update(view.status(read_both(home).state, time.time()), refresh=True)
            time.sleep(1.0)


def _start(arguments: argparse.Namespace, home: Home) -> None:
    policy = _policy(arguments.policy)
    documents = read_both(home)
    planned = steps.start(arguments.model, _desired(documents, arguments.model), arguments.version, policy, time.time())
    if arguments.plan:
        Console().print(view.plan(planned))
        return
    person = _person(arguments)

    def start(documents: Documents, now: float) -> Rollout:
        known = documents.state.rollouts.get(arguments.model)
        if known is not None and not known.is_settled:
            raise CannotDo(f"{known.model} {known.canary} is being rolled out already: `fvi-ocr rollout status`")
        desired = _desired(documents, arguments.model)
        return steps.start(arguments.model, desired, arguments.version, policy, now)

    _write(home, start, person, "start")
    print(f"Rolling out {arguments.model} {arguments.version}: watch it with `fvi-ocr rollout status --watch`.")


_CHANGES: dict[str, Change] = {
    "pause": lambda rollout, _desired, _person, _now: steps.paused(rollout),
    "resume": lambda rollout, _desired, _person, now: steps.resumed(rollout, now),
    "promote": steps.promoted,
    "abort": steps.aborted,
}


def _change(arguments: argparse.Namespace, home: Home, verb: str) -> None:
    person = _person(arguments)

    def change(documents: Documents, now: float) -> Rollout:
        rollout = documents.state.rollouts.get(arguments.model)
        if rollout is None:
            raise CannotDo(f"{arguments.model} has no rollout: `fvi-ocr rollout start {arguments.model} --version N`")
        return _CHANGES[verb](rollout, _desired(documents, arguments.model), person, now)

    after = _write(home, change, person, verb)
    print(f"{after.model} {after.canary}: {steps.what_of(after)}{', paused' if after.is_paused else ''}")


def _write(home: Home, change: Callable[[Documents, float], Rollout], person: Person, verb: str) -> Rollout:
    """Reads, changes and writes, anew if somebody else was faster."""
    for _ in range(_TRIES):
        now, was = time.time(), read_both(home)
        after = change(was, now)
        state = was.state.having(after, Event(now, after.model, person.name, verb, person.why or after.reason))
        touches = verb not in ("pause", "resume")
        try:
            write_both(
                home, was, state, {**was.desired, after.model: steps.desired_by(after)} if touches else was.desired
            )
        except Changed:
            continue
        return after
    raise CommandError("somebody else writes the documents all the time: try again")


def _desired(documents: Documents, model: str) -> DesiredModel:
    if model not in documents.desired:
        raise CannotDo(f"the desired state has no {model}, but {', '.join(documents.desired)}")
    return documents.desired[model]


def _person(arguments: argparse.Namespace) -> Person:
    return Person(arguments.who or getpass.getuser(), arguments.why)


def _policy(path: Path | None) -> RolloutPolicy:
    if path is None:
        return RolloutPolicy()
    try:
        values: Any = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise BadPolicy(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise BadPolicy(f"{path} must be names and numbers, such as `margin: 0.01`")
    return RolloutPolicy.of(values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fvi-ocr rollout", description="Try a version on some cards, by evidence.")
    parser.add_argument("--desired", type=Path, help="the desired-state document; rollout.yaml is beside it")
    parser.add_argument("--namespace", default="", help="in a cluster instead: where the ConfigMaps are")
    parser.add_argument("--desired-configmap", default="fvi-ocr-desired-state", help="(default: %(default)s)")
    parser.add_argument("--state-configmap", default="fvi-ocr-rollout", help="(default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(name: str, help: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=help)
        if name != "status":
            added.add_argument("model", nargs="?" if name == "history" else None, default="")
        if name not in ("status", "history"):
            added.add_argument("--why", default="", help="for the history")
            added.add_argument("--who", default="", help="for the history (default: who runs this)")
        return added

    start = verb("start", "roll a version out")
    start.add_argument("--version", type=int, required=True)
    start.add_argument("--policy", type=Path, metavar="YAML", help="numbers other than the defaults: docs/rollout.md")
    start.add_argument("--plan", action="store_true", help="only print what would happen")
    verb("status", "how far rollouts are").add_argument("--watch", action="store_true", help="until Ctrl-C")
    verb("pause", "take no step forward; alarms still roll back")
    verb("resume", "go on")
    verb("promote", "make the canary stable now, whatever the evidence")
    verb("abort", "go back to the stable version")
    verb("history", "who did what and why")
    return parser
