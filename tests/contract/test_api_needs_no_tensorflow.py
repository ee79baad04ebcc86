"""The API process has no TensorFlow, and no gRPC before its workers are forked."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"tensorflow", "keras", "tensorflow_serving", "grpc_tools"}:
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Blocked())
"""
LOADED = "import sys; print([name for name in ('grpc', 'cv2', 'numpy') if name in sys.modules])"


def run(code: str) -> str:
    """Runs `code` in a fresh interpreter with nothing of ours in its environment; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_application_loads_and_answers_without_tensorflow_and_keras() -> None:
    answer = "from services.api.wsgi import admin_app; print(admin_app.test_client().get('/healthz').json)"

    assert run(BLOCKED + answer) == "{'status': 'ok'}"


def test_the_blocker_blocks() -> None:
    with pytest.raises(AssertionError, match="tensorflow is blocked"):
        run(BLOCKED + "import tensorflow")


def test_what_gunicorn_loads_before_the_fork_has_no_grpc_in_it() -> None:
    load = "import runpy; runpy.run_path('services/api/gunicorn.conf.py');"

    assert run(load + LOADED) == "[]"


def test_loading_the_application_opens_no_channel() -> None:
    code = """
import grpc
grpc.insecure_channel = grpc.secure_channel = lambda *_: sys.exit("a channel was opened")
import services.api.wsgi
"""

    run("import sys" + code)
