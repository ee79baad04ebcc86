"""Sends a case over a socket of its own and reads what comes back."""

import http.client
import socket
import time
from dataclasses import dataclass, field

from tests.fuzz.cases import Case

PATIENCE_SECONDS = 40.0


@dataclass(frozen=True)
class Answer:
    """What came back; status 0: the connection was closed without an answer, and `note` says how."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    note: str = ""


class BadAnswer(Exception):
    """None came in time, or what came is no HTTP."""


def send(address: tuple[str, int], case: Case) -> Answer:
    """Raises BadAnswer."""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as connection:
        try:
            for piece in case.pieces:
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    connection.sendall(piece)
        except ConnectionError:
            pass  # it was answered, or hung up on, before all was sent
        if case.method == "HANG UP":
            return Answer(0, note="we hung up")
        return _read(connection, case.method)


def _read(connection: socket.socket, method: str) -> Answer:
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    except (http.client.RemoteDisconnected, ConnectionError) as error:
        return Answer(0, note=type(error).__name__)
    except TimeoutError:
        raise BadAnswer(f"no answer within {PATIENCE_SECONDS:.0f} s") from None
    except (http.client.HTTPException, ValueError) as error:
        raise BadAnswer(f"the answer is no HTTP: {error!r}") from error
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
