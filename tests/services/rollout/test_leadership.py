"""Who leads, where the API server cannot be reached at once: real sockets."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.children import free_port

client = pytest.importorskip("kubernetes.client")

from services.rollout import cluster  # noqa: E402  only where the library is


class Leases(BaseHTTPRequestHandler):
    """An API server that has no Lease yet, and takes any."""

    def do_GET(self) -> None:
        self.answer(404, {"kind": "Status", "code": 404})

    def do_POST(self) -> None:
        self.answer(201, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, status: int, document: object) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port(monkeypatch) -> int:
    port = free_port()
    configuration = client.Configuration(host=f"http://127.0.0.1:{port}")
    monkeypatch.setattr(client.Configuration, "_default", configuration)
    monkeypatch.setattr(cluster, "_RETRY_SECONDS", 1)
    monkeypatch.setattr(cluster, "_RENEW_SECONDS", 2)
    monkeypatch.setattr(cluster, "_LEASE_SECONDS", 3)
    return port


def test_an_api_server_that_refuses_connections_is_asked_again(port: int) -> None:
    leadership = cluster.Leadership("ocr", "rollout", "a")
    assert not leadership.is_over.wait(0.3)

    server = ThreadingHTTPServer(("127.0.0.1", port), Leases)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert leadership.is_leader.wait(10)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert leadership.is_over.wait(10)  # a leader that cannot renew its Lease stops


def test_an_api_server_that_says_nothing_is_not_waited_for(port: int, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "_LEASE_CALL_SECONDS", 0.1)
    server = ThreadingHTTPServer(("127.0.0.1", port), Leases, bind_and_activate=False)
    server.server_bind()
    server.server_activate()  # connections are taken by the kernel, and nobody answers
    try:
        with pytest.raises(client.ApiException):
            client.CoordinationV1Api(cluster._LeaseClient()).read_namespaced_lease("rollout", "ocr")
    finally:
        server.server_close()
