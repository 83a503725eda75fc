"""An answer's way over the wire: it ends in time, and its connection serves the next request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from app.adapters.llm.failures import WIRE_ERRORS

DONE = b"data: [DONE]"
"""The last event of a stream (https://platform.openai.com/docs/api-reference/chat-streaming)."""

LONGEST_END = len(DONE) + 4


class Deadline:
    """Hangs up when a response is still being read after `seconds`.

    A socket's own deadline bounds the wait for the next bytes and not their sum: a provider that drips one byte a
    second would hold a worker for ever. Shutting the socket down wakes whoever reads from it, under TLS too. Before
    the headers there is no response to hang up on: the socket's deadline alone holds until then.
    """

    def __init__(self, response: Any, seconds: float) -> None:
        self._response = response
        self._timer = threading.Timer(max(0.0, seconds), self._hang_up)
        self._timer.daemon = True
        self.passed = False

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _hang_up(self) -> None:
        """Leaves a response alone that was read to its end: its connection may carry another one by now."""
        if self._response.is_closed:
            return
        self.passed = True
        stream = self._response.extensions.get("network_stream")
        connection = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def read_past_done(response: Any) -> None:
    """Lets `response` be read to the end of its body along with the last event.

    OpenAI's SDK hangs up at the last event. Most often the end of the body is a moment away, and a connection that
    is closed before it costs the next request a TCP and a TLS handshake.
    """
    read = response.iter_bytes

    def iter_bytes(*args: Any) -> Iterator[bytes]:
        chunks = read(*args)
        end = b""
        for chunk in chunks:
            end = (end + chunk)[-LONGEST_END:]
            done = end.rstrip().endswith(DONE)
            yield chunk + _drain(chunks) if done else chunk

    response.iter_bytes = iter_bytes


def _drain(chunks: Iterator[bytes]) -> bytes:
    rest = b""
    with suppress(*WIRE_ERRORS):
        for chunk in chunks:
            rest += chunk
    return rest
