import contextlib
import itertools
import socket
from pathlib import Path

import pytest

from services import children
from services.children import free_port, listen
from services.cli import CommandError


def test_two_systems_never_share_a_port() -> None:
    port = free_port()
    with listen(port) as first, listen(port) as second:
        assert first.getsockname()[1] == port
        assert second.getsockname()[1] not in (port, 0)


def test_a_free_port_is_none_that_the_kernel_gives_to_a_client_and_none_given_before() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if first_of_clients < 32768:
        pytest.skip(f"this machine gives clients ports from {first_of_clients} on, not from Linux's 32768")
    assert max(ports) < first_of_clients


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as server:
        taken, free = server.getsockname()[1], free_port()
        monkeypatch.setattr(children, "_next_ports", itertools.cycle([taken, free]))
        assert free_port() == free


def test_without_a_free_port_the_range_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as server:
        monkeypatch.setattr(children, "_next_ports", itertools.cycle([server.getsockname()[1]]))
        with pytest.raises(CommandError, match="from 20000 to 29999"):
            free_port()
