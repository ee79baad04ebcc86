"""A real S3 server beside the cluster, with the project's models in it."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from s3fs import S3FileSystem

from tests.cluster.parts import tools
from tests.cluster.parts.process import Process, running, wait_for
from tests.cluster.parts.space import NODE_IP, ROOT, STATE

KEY, SECRET = "test-access-key", "test-secret-of-a-test-cluster"
ENDPOINT = f"http://{NODE_IP}:9000"
URL = "s3://models"
MODELS = ROOT / "build" / "store"


@contextlib.contextmanager
def s3_server() -> Iterator[Process]:
    """versitygw on the node's address, with what `make export` made published to URL."""
    script = [str(ROOT / "scripts" / "versitygw"), "--path"]
    binary = Path(subprocess.run(script, capture_output=True, text=True, check=True).stdout.strip())
    if not binary.exists():
        raise tools.Missing("the S3 server is not built: run scripts/versitygw")
    if not MODELS.is_dir():
        raise tools.Missing("there are no models in build/store: run make export")
    data, metadata = STATE / "var" / "s3" / "data", STATE / "var" / "s3" / "metadata"
    for folder in (data, metadata):
        folder.mkdir(parents=True, exist_ok=True)
    command = [binary, "--port", f"{NODE_IP}:9000", "--quiet", "posix", "--sidecar", metadata, data]
    environment = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    with running("versitygw", *command, env=environment) as process:
        files = S3FileSystem(key=KEY, secret=SECRET, endpoint_url=ENDPOINT, skip_instance_cache=True)
        wait_for("the S3 server answers", lambda: files.ls("") is not None, 30, process)
        if not files.exists("models"):
            files.mkdir("models")
        yield process


def publish(folder: Path, model: str, version: int) -> None:
    """Publish a version to the store, as a user would."""
    credentials = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
    command = [str(ROOT / ".venv/bin/fvi-ocr"), "models", "publish", str(folder)]
    command += ["--model", model, "--version", str(version), "--store", URL]
    environment = {**credentials, "FVI_STORE_ENDPOINT_URL": ENDPOINT}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout
