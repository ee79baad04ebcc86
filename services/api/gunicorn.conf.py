"""How gunicorn runs the API: gunicorn -c services/api/gunicorn.conf.py

Workers load the application after the fork, so the arbiter never has a gRPC object that a worker
could inherit.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from gunicorn.workers.base import Worker

from services.api import logs
from services.api.settings import Settings

_settings = Settings.from_env(os.environ)

wsgi_app = "services.api.wsgi:app"
bind = _settings.bind
workers = _settings.workers
worker_class = "gthread"
threads = _settings.threads
preload_app = False
timeout = 30  # a worker that gives no sign of life; a slow request is ended by its own deadline
graceful_timeout = _settings.graceful_seconds
keepalive = 75  # longer than a load balancer keeps an idle connection, so that it hangs up first
accesslog = None  # the application writes one line for each request
logconfig_dict = logs.CONFIG
raw_env = ["GRPC_VERBOSITY=NONE"]  # its own lines on stderr are no JSON; its errors reach us as exceptions
control_socket_disable = True  # or gunicorn writes into the home directory
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # heartbeats must not wait for a disk

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_METRICS_PREFIX = "fvi-api-metrics-"


def on_starting(_server: object) -> None:
    """An empty directory in which the workers keep their metrics, so that any of them can show all."""
    if _METRICS not in os.environ:
        os.environ[_METRICS] = tempfile.mkdtemp(prefix=_METRICS_PREFIX)
    directory = Path(os.environ[_METRICS])
    directory.mkdir(parents=True, exist_ok=True)
    for left_over in directory.glob("*.db"):
        left_over.unlink()


def pre_fork(_server: object, _worker: object) -> None:
    """gRPC does not survive a fork: better no worker than one that hangs."""
    if "grpc" in sys.modules:
        raise RuntimeError("gRPC was imported before the fork. Nothing the arbiter loads may import it.")


def child_exit(_server: object, worker: Worker) -> None:
    """A dead worker no longer has requests under way; its counts stay."""
    # Not at the top: prometheus_client decides as it is imported whether there are several processes.
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: object) -> None:
    """Leaves no directory of ours behind."""
    directory = Path(os.environ[_METRICS])
    if directory.name.startswith(_METRICS_PREFIX):
        shutil.rmtree(directory, ignore_errors=True)
