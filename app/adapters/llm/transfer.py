"""Transfer of answers: a deadline for the whole response, and reuse of its connection."""

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
    """Closes the connection when a response is still being read after `seconds`.

    A socket's timeout bounds the wait for the next bytes and not their sum: a provider that sends one byte a second
    would block a worker for ever. Shutting the socket down wakes its reader, under TLS too. Until the headers arrive
    there is no response to close: only the socket's timeout applies.
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
        """Shuts the socket down, unless the response was read to its end: the connection may be reused by now."""
        if self._response.is_closed:
            return
        self.passed = True
        stream = self._response.extensions.get("network_stream")
        connection = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def read_past_done(response: Any) -> None:
    """Makes `response` be read to the end of its body together with the last event.

    OpenAI's SDK closes the connection at the last event. The end of the body usually follows at once, and a connection
    closed before it costs the next request a TCP and a TLS handshake.
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
