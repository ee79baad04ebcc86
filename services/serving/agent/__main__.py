"""`python -m services.serving.agent`: keeps one TensorFlow Serving as the desired state says."""

import argparse
import fcntl
import logging
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from services import logs
from services.serving.agent.agent import Agent, AgentOptions
from services.serving.agent.metrics import Metrics
from services.serving.agent.probes import Probes
from services.serving.agent.puller import Puller
from services.serving.agent.tf_serving import TensorFlowServing
from services.store.errors import StoreError
from services.store.options import StoreOptions
from services.store.store import ModelStore

log = logging.getLogger("fvi.agent")

REPEAT_SECONDS = 60.0  # how often the log repeats a trouble that lasts


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or Ctrl-C. Returns 1, with one line on stderr, when it cannot start."""
    flags = _parser().parse_args(argv)
    logs.to_stderr(harmless=(Exception,))  # it never sees a card
    stopped = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopped.set())
    try:
        lock = _lock(flags.models)
        options = StoreOptions.from_env()
        ModelStore.open(flags.store, options=options).close()  # a wrong address should be told now
        with lock:
            _run(flags, options, stopped)
    except (StoreError, OSError) as error:
        print(f"agent: {error}", file=sys.stderr)
        return 1
    return 0


def _run(flags: argparse.Namespace, options: StoreOptions, stopped: threading.Event) -> None:
    metrics = Metrics()
    puller = Puller(lambda: ModelStore.open(flags.store, options=options), flags.models, flags.cache, metrics)
    serving = TensorFlowServing(flags.serving)
    agent = Agent(
        AgentOptions(
            flags.desired,
            flags.models,
            flags.config,
            linger_seconds=flags.linger_seconds,
            gone_seconds=flags.gone_seconds,
        ),
        puller,
        serving,
        metrics,
    )
    probes = Probes(agent, flags.host, flags.port)
    log.info("Probes and metrics on %s:%d", flags.host, probes.port)
    complaint, told = "", 0.0
    while not stopped.is_set():
        try:
            agent.step()
        except Exception as error:
            if str(error) != complaint or time.monotonic() - told > REPEAT_SECONDS:
                log.error("A step failed, trying again: %s", error, exc_info=not isinstance(error, OSError))
                complaint, told = str(error), time.monotonic()
        probes.stepped()
        stopped.wait(flags.interval_seconds)
    log.info("Stopping")
    probes.close()
    puller.close()
    serving.close()


def _lock(models: Path) -> TextIO:
    """Held as long as it is open: two agents on one folder would undo each other's work.

    Raises:
        OSError: another agent has it, or the folder cannot be written.
    """
    models.mkdir(parents=True, exist_ok=True)
    lock = (models / ".agent.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise OSError(f"another agent works on {models}: stop it, or give this one a folder of its own") from None
    return lock


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "agent", usage="python -m services.serving.agent [--flag=value ...]", description=__doc__
    )
    add = parser.add_argument
    add("--store", required=True, help="URL of the model store: a folder, file://, s3:// or gs://; see docs/store.md")
    add("--desired", type=Path, required=True, help="the desired-state document")
    add("--models", type=Path, required=True, help="folder of versions, the same path as for the model server")
    add("--config", type=Path, required=True, help="the models.config to write")
    add("--cache", type=Path, help="folder shared by the agents of a node, on the file system of --models")
    add("--serving", default="127.0.0.1:8500", help="gRPC target of the model server (default: %(default)s)")
    add("--host", default="127.0.0.1", help="address for probes and metrics (default: %(default)s)")
    add("--port", type=int, default=8502, help="port for probes and metrics; 0: a free one (default: %(default)s)")
    add("--interval_seconds", type=float, default=0.5, help="time between two looks (default: %(default)s)")
    add(
        "--gone_seconds",
        type=float,
        default=15.0,
        help="after so long without an answer of the server, only what is stable stays listed (default: %(default)s)",
    )
    add(
        "--linger_seconds",
        type=float,
        default=30.0,
        help="how long versions and labels stay after they have gone from the desired state (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
