"""`python -m services.rollout`: rolls canaries out, and back, by evidence."""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from services import logs
from services.api.predictor import TfServingPredictor
from services.api.settings import Settings
from services.rollout.controller import Controller, World
from services.rollout.counts import Counters
from services.rollout.home import FileHome, Home, HomeAway
from services.rollout.metrics import Metrics
from services.rollout.probes import Probes
from services.rollout.prometheus import Prometheus
from services.rollout.replicas import Replicas
from services.rollout.versions import Versions
from services.store.errors import StoreError
from services.store.options import StoreOptions
from services.store.store import ModelStore

if TYPE_CHECKING:
    from services.rollout.cluster import Leadership

log = logging.getLogger("fvi.rollout")


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or Ctrl-C. Returns 1, with one line on stderr, when it cannot start."""
    flags = _parser().parse_args(argv)
    logs.to_stderr()
    for library in ("httpx", "aiobotocore", "botocore"):  # they tell of every call
        logging.getLogger(library).setLevel(logging.WARNING)
    stopped = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopped.set())
    if flags.desired is None and not flags.namespace:
        print("rollout: name a file with --desired, or a namespace with --namespace", file=sys.stderr)
        return 2
    if flags.golden is not None and not flags.store:
        print("rollout: the golden set is in a model store: name it with --store", file=sys.stderr)
        return 2
    try:
        return _run(flags, _versions(flags), stopped)
    except (HomeAway, StoreError) as error:
        print(f"rollout: {error}", file=sys.stderr)
        return 1


def _run(flags: argparse.Namespace, versions: Versions | None, stopped: threading.Event) -> int:
    home, leadership = _home(flags)
    metrics = Metrics()
    replicas, prometheus = Replicas(flags.serving), Prometheus(flags.prometheus)
    predictor = TfServingPredictor(Settings(serving_target=flags.serving))
    world = World(replicas, Counters(prometheus, flags.matchers), predictor, versions)
    controller = Controller(home, world, metrics)
    probes = Probes(metrics, flags.host, flags.port)
    log.info("Probes and metrics on %s:%d", flags.host, probes.port)
    while not stopped.is_set() and not (leadership and leadership.is_over.is_set()):
        leads = leadership is None or leadership.is_leader.is_set()
        metrics.is_leader.set(leads)
        if leads:
            controller.tick()
        probes.looked()
        stopped.wait(flags.interval_seconds)
    log.info("Stopping")
    probes.close()
    predictor.close()
    prometheus.close()
    replicas.close()
    return 0 if stopped.is_set() else 1


def _versions(flags: argparse.Namespace) -> Versions | None:
    """The model store, if one is named.

    Raises:
        BadStoreUrl, BadStoreSetting: a wrong address should be told now. One that does not answer may do so later.
    """
    if not flags.store:
        log.warning("There is no --store: no manifest is looked at, and no golden set is read")
        return None
    options = StoreOptions.from_env()
    ModelStore.open(flags.store, options=options).close()
    if flags.golden is None:
        log.warning("There is no --golden: that phase is passed")
    return Versions(lambda: ModelStore.open(flags.store, options=options), flags.golden)


def _home(flags: argparse.Namespace) -> "tuple[Home, Leadership | None]":
    """Where the documents are, and in a cluster who may write them."""
    if not flags.namespace:
        return FileHome(flags.desired), None
    from services.rollout.cluster import ClusterHome, Leadership, connect

    connect()
    home = ClusterHome(flags.namespace, flags.desired_configmap, flags.state_configmap)
    return home, Leadership(flags.namespace, flags.lease, f"{socket.gethostname()}-{os.getpid()}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "rollout", usage="python -m services.rollout [--flag=value ...]", description=__doc__
    )
    add = parser.add_argument
    add("--desired", type=Path, help="the desired-state document; rollout.yaml is beside it")
    add("--namespace", default="", help="in a cluster instead: where the ConfigMaps and the Lease are")
    add("--desired_configmap", default="fvi-ocr-desired-state", help="the desired state (default: %(default)s)")
    add("--state_configmap", default="fvi-ocr-rollout", help="the state of the rollouts (default: %(default)s)")
    add("--lease", default="fvi-ocr-rollout", help="who leads among several controllers (default: %(default)s)")
    add("--serving", default="127.0.0.1:8500", help="gRPC target of all model servers (default: %(default)s)")
    add("--prometheus", required=True, help="URL of the Prometheus that scrapes the API, without /api/v1")
    add("--matchers", default="", help='label matchers for the API\'s metrics, such as namespace="ocr"')
    add("--store", default="", help="URL of the model store; without it no manifest is looked at")
    add("--golden", type=int, help="version of the golden set in the store; without it that phase is passed")
    add("--host", default="127.0.0.1", help="address for probes and metrics (default: %(default)s)")
    add("--port", type=int, default=8503, help="port for probes and metrics; 0: a free one (default: %(default)s)")
    add("--interval_seconds", type=float, default=5.0, help="time between two looks (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
