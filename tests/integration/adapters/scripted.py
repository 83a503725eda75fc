"""A local HTTP server that answers as a test tells it, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: a status with a body, or a connection that is dropped or left waiting after the request was read.

    In the manners "last", "drip" and "stall" the connection's end is the body's end; a "drip" sends 50 bytes a second,
    a "stall" the body at once, and then nothing more.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: str = "answer"


DROP = Reply(manner="drop")
HANG = Reply(manner="hang")


class ScriptedServer:
    """Gives the answers of `replies` in turn, the last one again and again; or those that `decide` makes of a body.

    `models` are the names that it lists; how often they were asked for is `listed`.
    """

    def __init__(self) -> None:
        self.replies: list[Reply] = [Reply()]
        self.decide: Callable[[dict[str, Any]], Reply] | None = None
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.models: list[str] = []
        self.listed = 0
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def take(self, path: str, body: dict[str, Any]) -> Reply:
        with self._lock:
            self.requests.append((path, body))
            if self.decide is not None:
                return self.decide(body)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


def _handler_of(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            reply = server.take(self.path, json.loads(body or b"{}"))
            if reply.manner == "hang":
                server.released.wait(10)
            if reply.manner in {"hang", "drop"}:
                self._drop()
                return
            write_reply(self, reply, server.released)

        def do_GET(self) -> None:
            server.listed += 1
            listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in server.models]}
            write_reply(self, Reply(200, listed), server.released)

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def log_message(self, *args: Any) -> None:
            return

    return Handler


def write_reply(handler: BaseHTTPRequestHandler, reply: Reply, released: threading.Event) -> None:
    """Sends the reply in its manner; a drip ends when the client leaves or the server is stopped."""
    content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    handler.send_response(reply.status)
    framing = {"content-length": str(len(content))} if reply.manner == "answer" else {"connection": "close"}
    for name, value in {"content-type": "application/json", **reply.headers, **framing}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if reply.manner != "drip":
        handler.wfile.write(content)
        if reply.manner == "stall":
            handler.wfile.flush()
            released.wait(30)
        return
    with suppress(OSError):
        for byte in content:
            handler.wfile.write(bytes([byte]))
            if released.wait(0.02):
                return


@contextmanager
def running_server() -> Iterator[ScriptedServer]:
    """A server on a free port of loopback until the block ends."""
    server = ScriptedServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
