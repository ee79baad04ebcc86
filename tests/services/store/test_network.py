"""S3 over a network that fails: a real server, and a real proxy that does harm."""

import logging
import socket
import threading
from dataclasses import replace

import pytest

from services.children import free_port
from services.store.errors import AccessDenied, NoSuchStore, StoreError, StoreUnavailable
from services.store.options import StoreOptions
from services.store.store import ModelStore
from tests.services.store.faults import Fault, Proxy
from tests.services.store.s3_server import SECRET

MIB = 1024 * 1024
BIG = "variables.data"
SECOND_PIECE = f"Range: bytes={4 * MIB}-"


@pytest.fixture
def proxy(gateway):
    between = Proxy(gateway.port)
    yield between
    between.close()


@pytest.fixture
def published(s3_place, make_model):
    """An S3 place with reader 1, of 9 MB in its largest file."""
    with s3_place.open() as store:
        store.publish(make_model(size=9 * MIB), "reader", 1)
    return s3_place


def through(proxy, place, **options):
    return place.open(endpoint_url=proxy.endpoint, **options)


def once(part, fault):
    """`fault` for the first request that holds `part`, and for no other."""
    left = [fault]
    return lambda head: left.pop() if part in head and left else None


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut_after=0),
        Fault(cut_after=100),
        Fault(cut_after=MIB),
        Fault(answer=b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        Fault(answer=b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        Fault(answer=b"what?\r\n"),
    ],
    ids=lambda fault: str(fault.cut_after if fault.answer is None else fault.answer[:12]),
)
def test_a_transfer_that_fails_once_is_tried_again(proxy, published, content, tmp_path, fault):
    proxy.choose = once(SECOND_PIECE, fault)
    with through(proxy, published) as store:
        store.fetch("reader", 1, tmp_path / "1")
    assert len(proxy.requests(SECOND_PIECE)) == 2
    assert len(content(tmp_path / "1")[f"variables/{BIG}-00000-of-00001"]) == 9 * MIB


def test_an_interrupted_fetch_goes_on_where_it_stopped(proxy, published, tmp_path):
    proxy.choose = lambda head: Fault(cut_after=MIB) if SECOND_PIECE in head else None
    with through(proxy, published, retry_seconds=0.5) as store, pytest.raises(StoreUnavailable):
        store.fetch("reader", 1, tmp_path / "1")
    assert not (tmp_path / "1").exists()
    there = tmp_path / ".tmp-1" / "variables" / f"{BIG}-00000-of-00001"
    assert there.stat().st_size == 4 * MIB

    proxy.choose, proxy.heads = lambda _head: None, []
    with through(proxy, published) as store:
        store.fetch("reader", 1, tmp_path / "1")
    assert not proxy.requests(BIG, "Range: bytes=0-")
    assert len(proxy.requests(BIG, SECOND_PIECE)) == 1
    assert not (tmp_path / ".tmp-1").exists()


def test_a_store_that_trickles_is_given_up(proxy, published, tmp_path):
    proxy.choose = lambda head: Fault(drip=(1000, 0.05)) if BIG in head else None
    with through(proxy, published, request_seconds=1, retry_seconds=1) as store, pytest.raises(StoreUnavailable):
        store.fetch("reader", 1, tmp_path / "1")
    assert not (tmp_path / "1").exists()


def test_a_store_that_falls_silent_is_given_up(proxy, published, tmp_path):
    proxy.choose = lambda head: Fault(stall_after=MIB) if BIG in head else None
    with through(proxy, published, read_seconds=0.5, retry_seconds=0.5) as store, pytest.raises(StoreUnavailable):
        store.fetch("reader", 1, tmp_path / "1")
    assert not (tmp_path / "1").exists()


def test_a_slow_store_is_waited_for(proxy, published, tmp_path):
    proxy.choose = lambda head: Fault(drip=(256 * 1024, 0.02)) if BIG in head else None
    with through(proxy, published) as store:
        assert store.fetch("reader", 1, tmp_path / "1").size > 9 * MIB


def test_an_answer_that_is_no_listing_is_no_empty_store(proxy, published):
    nonsense = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    proxy.choose = lambda _head: Fault(answer=nonsense)
    with through(proxy, published, retry_seconds=0.5) as store, pytest.raises(StoreUnavailable):
        store.versions("reader")


def test_a_publish_whose_last_answer_is_lost_has_worked(proxy, s3_place, make_model):
    lost: list[str] = []

    def lose_first(head):
        if head.startswith("PUT") and "manifest.json" in head and not lost:
            lost.append(head)
            return Fault(cut_after=0)
        return None

    proxy.choose = lose_first
    with through(proxy, s3_place) as store:
        published = store.publish(make_model(), "reader", 1)
        assert len(proxy.requests("PUT", "manifest.json")) == 2
        assert store.manifest("reader", 1) == published


def test_an_upload_that_fails_once_is_tried_again(proxy, s3_place, make_model):
    proxy.choose = once(BIG, Fault(cut_after=0))
    with through(proxy, s3_place) as store:
        store.publish(make_model(), "reader", 1)
        assert store.verify("reader", 1) == []


def test_stopping_ends_a_fetch_under_way(proxy, published, tmp_path):
    proxy.choose = lambda head: Fault(drip=(1000, 0.01)) if SECOND_PIECE in head else None
    with through(proxy, published, request_seconds=1, retry_seconds=600) as store, pytest.raises(StoreUnavailable):
        store.fetch("reader", 1, tmp_path / "1", lambda done, _total: store.stop() if done >= 4 * MIB else None)
    assert not (tmp_path / "1").exists()
    assert (tmp_path / ".tmp-1").exists()


class SilentServer:
    """Accepts connections and never answers; `asked` is set once a request has come."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = threading.Event()
        self._connections = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        while True:
            try:
                self._connections.append(self._listener.accept()[0])
            except OSError:
                return
            if self._connections[-1].recv(1):
                self.asked.set()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listener, *self._connections):
            each.close()


@pytest.fixture
def silent():
    server = SilentServer()
    yield server
    server.close()


def asks(make_model, tmp_path):
    """Every method that asks the store, as functions of the store."""
    return {
        "models": lambda store: store.models(),
        "versions": lambda store: store.versions("reader"),
        "has": lambda store: store.has("reader", 1),
        "manifest": lambda store: store.manifest("reader", 1),
        "fetch": lambda store: store.fetch("reader", 1, tmp_path / "1"),
        "verify": lambda store: store.verify("reader", 1),
        "publish": lambda store: store.publish(make_model("b"), "reader", 2),
        "gc": lambda store: store.gc(keep=1, in_use={}),
    }


ASKS = ["models", "versions", "has", "manifest", "fetch", "verify", "publish", "gc"]


def stopped_while(store, under_way, ask):
    """What `ask` raised when the store was stopped while it was under way."""
    errors = []

    def call():
        with pytest.raises(StoreError) as caught:
            ask(store)
        errors.append(caught.value)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    assert under_way.wait(30)
    store.stop()
    thread.join(10)  # the options below would let it take ten minutes
    assert not thread.is_alive()
    return errors[0]


@pytest.mark.parametrize("name", ASKS)
def test_stopping_ends_whatever_waits_for_a_silent_store(silent, make_model, tmp_path, name):
    seconds = {"read_seconds": 600, "request_seconds": 600, "retry_seconds": 600}
    with ModelStore.open("s3://models/x", options=StoreOptions(endpoint_url=silent.endpoint, **seconds)) as store:
        error = stopped_while(store, silent.asked, asks(make_model, tmp_path)[name])
    assert isinstance(error, StoreUnavailable)


def test_stopping_ends_the_pause_before_another_try(caplog):
    caplog.set_level(logging.INFO)
    tried = threading.Event()
    caplog.handler.addFilter(lambda record: "trying again" not in record.getMessage() or tried.set() or True)
    options = StoreOptions(endpoint_url=f"http://127.0.0.1:{free_port()}", retry_seconds=600)
    with ModelStore.open("s3://models/x", options=options) as store:
        assert isinstance(stopped_while(store, tried, ModelStore.models), StoreUnavailable)


@pytest.mark.parametrize("name", ASKS)
def test_a_stopped_store_begins_nothing(place, make_model, tmp_path, name):
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
        store.stop()
        with pytest.raises(StoreUnavailable, match="stopped"):
            asks(make_model, tmp_path)[name](store)
    assert not (tmp_path / "1").exists()


def test_where_nothing_listens_the_store_is_away(s3_place, caplog):
    nowhere = s3_place.open(endpoint_url=f"http://127.0.0.1:{free_port()}", retry_seconds=1)
    with nowhere as store, pytest.raises(StoreUnavailable, match="Could not connect"):
        store.models()
    assert any("trying again" in message for message in caplog.messages)


def test_a_missing_bucket_is_told(s3_place, make_model, tmp_path):
    with ModelStore.open("s3://no-such-bucket/models", options=s3_place.options) as store:
        for call in (
            store.models,
            lambda: store.versions("reader"),
            lambda: store.manifest("reader", 1),
            lambda: store.fetch("reader", 1, tmp_path / "1"),
            lambda: store.publish(make_model(), "reader", 1),
        ):
            with pytest.raises(NoSuchStore):
                call()


@pytest.mark.parametrize(
    ("key", "secret"),
    [("somebody-else", SECRET), ("test-access-key", "wrong"), (None, None)],
    ids=["unknown key", "wrong secret", "no credentials"],
)
def test_wrong_credentials_are_told_and_never_shown(published, monkeypatch, caplog, tmp_path, key, secret):
    caplog.set_level(logging.INFO)
    for name, value in (("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret)):
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with published.open() as store:
        for call in (store.models, lambda: store.fetch("reader", 1, tmp_path / "1")):
            with pytest.raises(AccessDenied, match="AWS_") as caught:
                call()
    assert secret is None or secret not in _everything_of(caught.value) + caplog.text


def test_the_secret_is_in_no_log_and_no_error(proxy, published, caplog, tmp_path):
    caplog.set_level(logging.INFO)
    proxy.choose = lambda _head: Fault(cut_after=0)
    with through(proxy, published, retry_seconds=0.5) as store, pytest.raises(StoreError) as caught:
        store.fetch("reader", 1, tmp_path / "1")
    assert "trying again" in caplog.text
    assert SECRET not in caplog.text + _everything_of(caught.value) + repr(store) + repr(published.options)


def _everything_of(error: BaseException | None) -> str:
    text = ""
    while error is not None:
        text += f"{error!r} {error} "
        error = error.__cause__ or error.__context__
    return text


def test_a_listing_is_never_remembered(s3_place, make_model):
    with s3_place.open() as reading, s3_place.open() as publishing:
        assert reading.versions("reader") == []
        model = make_model()
        publishing.publish(model, "reader", 1)
        assert reading.versions("reader") == [1]
        publishing.publish(model, "reader", 2)
        assert reading.versions("reader") == [1, 2]
        publishing.gc(keep=1, in_use={}, delete=True)
        assert reading.versions("reader") == [2]


def test_options_of_one_store_do_not_reach_another(s3_place):
    """fsspec shares file systems between callers; ours are not."""
    with s3_place.open() as right:
        elsewhere = replace(s3_place.options, endpoint_url=f"http://127.0.0.1:{free_port()}", retry_seconds=0.3)
        with ModelStore.open(s3_place.url, options=elsewhere) as wrong, pytest.raises(StoreUnavailable):
            wrong.models()
        assert right.models() == []
