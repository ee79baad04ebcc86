"""A TCP proxy between store and S3 server that does what networks do: cut, stall, drip, answer nonsense."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What happens to one answer."""

    cut_after: int | None = None  # bytes that pass before the connection is closed
    stall_after: int | None = None  # bytes that pass before nothing more comes
    drip: tuple[int, float] | None = None  # bytes that pass at a time, and seconds between
    answer: bytes | None = None  # instead of the server's


class Proxy:
    """Listens on a free port of loopback until `close()`.

    `choose` gets the head of a request (the server closes after each) and says what happens to its answer.
    """

    def __init__(self, target_port: int) -> None:
        self.choose: Callable[[str], Fault | None] = lambda _head: None
        self.heads: list[str] = []
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._closed = threading.Event()
        self._threads[0].start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def requests(self, *parts: str) -> list[str]:
        """Heads of the requests so far that hold all of `parts`."""
        return [head for head in self.heads if all(part in head for part in parts)]

    def close(self) -> None:
        self._closed.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target_port)) as server:
            self._open |= {client, server}
            try:
                head = client.recv(65536)
                self.heads.append(head.decode("latin-1"))
                fault = self.choose(self.heads[-1]) or Fault()
                server.sendall(head)
                upward = threading.Thread(target=_pump, args=(client, server))
                upward.start()
                with contextlib.suppress(OSError):
                    self._answer(server, client, fault)
                for one in (client, server):
                    with contextlib.suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                upward.join()
            except OSError:
                pass
            finally:
                self._open -= {client, server}

    def _answer(self, server: socket.socket, client: socket.socket, fault: Fault) -> None:
        passed = 0
        while data := server.recv(fault.drip[0] if fault.drip else 65536):
            if fault.answer is not None:
                client.sendall(fault.answer)
                return
            for limit in (fault.cut_after, fault.stall_after):
                if limit is not None:
                    data = data[: limit - passed]
            client.sendall(data)
            passed += len(data)
            if passed == fault.cut_after:
                return
            if passed == fault.stall_after:
                self._closed.wait()
                return
            if fault.drip:
                time.sleep(fault.drip[1])


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
