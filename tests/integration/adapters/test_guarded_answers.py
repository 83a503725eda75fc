"""The guarded web client against servers that send too much, too slowly, or nonsense."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator

import pytest

from app.adapters.web.client import MOST_BYTES, GuardedClient, retry_after
from app.domain.errors import WebError
from tests.integration.adapters.stranger import Answer, Handler, Server, running_stranger

PUBLIC = "93.184.216.34"


@pytest.fixture
def server() -> Iterator[Server]:
    with running_stranger() as running:
        yield running


def allowed(timeout_s: float = 10) -> GuardedClient:
    return GuardedClient(["127.0.0.1"], timeout_s=timeout_s)


@pytest.mark.parametrize("told", [True, False], ids=["told by its length", "streamed without a length"])
def test_a_body_that_is_too_big_is_not_read_to_its_end(server: Server, told: bool) -> None:
    written = []

    def pour(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length" if told else "Connection", str(MOST_BYTES * 50) if told else "close")
        handler.end_headers()
        written.extend(handler.wfile.write(b"x" * (MOST_BYTES // 16)) for _ in range(50 * 16))

    server.answers["/"] = pour
    with pytest.raises(WebError, match="bigger than 1024 KB"):
        allowed().get(server.url())
    assert sum(written) < MOST_BYTES * 50


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(server: Server) -> None:
    bomb = gzip.compress(b"0" * (200 * MOST_BYTES))
    assert len(bomb) < MOST_BYTES
    server.answers["/"] = lambda handler: handler.reply(bomb, Content_Encoding="gzip")
    with pytest.raises(WebError, match="bigger than 1024 KB"):
        allowed().get(server.url())


def test_what_follows_the_end_of_a_packed_body_is_not_read(server: Server) -> None:
    def pour(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(gzip.compress(b"hello"))
        while not handler.server.released.is_set():
            handler.wfile.write(b"\0" * MOST_BYTES)

    server.answers["/"] = pour
    assert allowed().get(server.url()).body == b"hello"


def test_a_packed_body_that_unpacks_to_nothing_has_an_end(server: Server) -> None:
    empty_blocks = gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * (MOST_BYTES // 4)
    server.answers["/"] = lambda handler: handler.reply(empty_blocks[: MOST_BYTES + 9], Content_Encoding="gzip")
    with pytest.raises(WebError, match="bigger than 1024 KB"):
        allowed().get(server.url())


def test_a_packed_body_is_unpacked(server: Server) -> None:
    server.answers["/"] = lambda handler: handler.reply(gzip.compress(b"hello" * 9000), Content_Encoding="gzip")
    assert allowed().get(server.url()).body == b"hello" * 9000


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("br", b"x", "packed as br"),
        ("gzip", b"no gzip", "broken"),
        ("deflate", zlib.compress(b"x"), "packed as deflate"),
    ],
)
def test_what_is_packed_otherwise_is_refused(server: Server, encoding: str, body: bytes, words: str) -> None:
    server.answers["/"] = lambda handler: handler.reply(body, Content_Encoding=encoding)
    with pytest.raises(WebError, match=words):
        allowed().get(server.url())


def _drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while not handler.server.released.wait(0.02):
        number += 1
        handler.wfile.write(f"X-{number}: y\r\n".encode())
        handler.wfile.flush()


def _drip_body(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not handler.server.released.wait(0.02):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def _say_nothing(handler: Handler) -> None:
    handler.server.released.wait(30)


def _go_in_circles(handler: Handler) -> None:
    handler.server.released.wait(0.2)
    handler.reply(status=302, Location="/")


@pytest.mark.parametrize("answer", [_drip_headers, _drip_body, _say_nothing, _go_in_circles])
def test_a_slow_server_has_a_limited_time_in_all(server: Server, answer: Answer) -> None:
    server.answers["/"] = answer
    with pytest.raises(WebError, match=r"no whole answer within 0\.5 s"):
        allowed(timeout_s=0.5).get(server.url())


def test_a_lookup_that_hangs_does_not_hold_up_the_caller() -> None:
    released = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        released.wait(30)
        return [PUBLIC]

    try:
        with pytest.raises(WebError, match=r"within 0\.3 s"):
            GuardedClient(resolve=hang, timeout_s=0.3).get("http://slow.example/")
    finally:
        released.set()


def test_nobody_home_is_told_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(WebError, match="nothing answers at its address"):
            allowed().get(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_name_that_does_not_exist_is_told_in_words() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    with pytest.raises(WebError, match=r"nowhere\.example was not found"):
        GuardedClient(resolve=unknown).get("http://nowhere.example/")


@pytest.mark.parametrize("words", [b"SSH-2.0-x\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"])
def test_what_speaks_no_http_or_breaks_off_is_told_in_words(server: Server, words: bytes) -> None:
    server.answers["/"] = lambda handler: handler.wfile.write(words)
    with pytest.raises(WebError, match="broke off"):
        allowed().get(server.url())


def test_a_proxy_of_the_environment_is_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers["/"] = lambda handler: handler.reply(b"direct")
    assert allowed().get(server.url()).body == b"direct"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 22 Nov 2020 12:00:30 GMT", 0),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read_in_both_forms(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}, 1795348800.0) == seconds
