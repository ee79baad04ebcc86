"""How gunicorn runs the API: gunicorn -c services/api/gunicorn.conf.py

Workers load the application after the fork, so the arbiter never has a gRPC object that a worker
could inherit.
"""

import os
import sys
from typing import Any

from services.api import drain, logs, metric_files, reach, side_port
from services.api.keys import BadKeys
from services.api.settings import BadSetting, Settings

_settings = Settings.from_env(os.environ)

wsgi_app = "services.api.wsgi:app"
bind = _settings.bind
workers = _settings.workers
worker_class = "services.api.worker.ImpatientWorker"  # gthread with limits on slow clients
threads = _settings.threads + _settings.queue + 8  # the last are for saying no
preload_app = False
max_requests = _settings.max_requests
max_requests_jitter = _settings.max_requests // 5  # so that not all workers are replaced at once
timeout = 30  # a worker that gives no sign of life; a slow request is ended by its own deadline
graceful_timeout = _settings.graceful_seconds
keepalive = 100  # longer than proxies keep idle connections (Traefik: 90 s): what they send on a closed one is lost
accesslog = None  # the application writes one line for each request
logconfig_dict = logs.CONFIG
raw_env = ["GRPC_VERBOSITY=NONE"]  # its own lines on stderr are no JSON; its errors reach us as exceptions
control_socket_disable = True  # or gunicorn writes into the home directory
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # heartbeats must not wait for a disk


def on_starting(_server: Any) -> None:
    """Before anything listens."""
    metric_files.prepare()


def when_ready(server: Any) -> None:
    """It listens, and no worker is there yet: the last moment to refuse."""
    try:
        warning = reach.check(_settings, [listener.getsockname() for listener in server.LISTENERS])
        server.admin_listener = side_port.listen(*_settings.admin_address)
    except (BadSetting, BadKeys, OSError) as error:
        server.log.error("The API does not start: %s", error)
        on_exit(server)
        sys.exit(1)
    if warning:
        server.log.warning(warning)
    drain.delay_sigterm(_settings.drain_seconds)


def pre_fork(server: Any, worker: Any) -> None:
    """gRPC does not survive a fork: better no worker than one that hangs."""
    if "grpc" in sys.modules:
        raise RuntimeError("gRPC was imported before the fork. Nothing the arbiter loads may import it.")
    worker.admin_listener = server.admin_listener


def post_worker_init(worker: Any) -> None:
    """The application is loaded: from now on this worker answers probes, too."""
    from services.api.wsgi import admin_app, recorder

    worker.side_port = side_port.SidePort(worker.admin_listener, admin_app)
    worker.recorder = recorder


def worker_exit(_server: Any, worker: Any) -> None:
    """Called in the worker; its requests are finished."""
    if hasattr(worker, "side_port"):
        worker.side_port.close()
        if worker.recorder:
            worker.recorder.close()


def child_exit(_server: Any, worker: Any) -> None:
    """A dead worker no longer has requests under way; its counts stay."""
    metric_files.bury(worker.pid)


def on_exit(_server: Any) -> None:
    """After the last worker."""
    metric_files.remove()
