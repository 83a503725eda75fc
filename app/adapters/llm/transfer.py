"""Transfer of answers: a deadline for the whole response, and reuse of its connection."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.adapters.llm.failures import WIRE_ERRORS

DONE = b"data: [DONE]"
"""The last event of a stream (https://platform.openai.com/docs/api-reference/chat-streaming)."""

STALL_S = 10.0
"""Seconds without a further piece of a streamed answer, after which the rest is not waited for."""

LONGEST_END = len(DONE) + 4


@dataclass(frozen=True, slots=True)
class Ends:
    """When a request ends, on the monotonic clock: `at`, unless its answer is streamed and grows.

    Then it goes on to `longest_at`, as long as no pause is longer than `STALL_S`.
    """

    at: float
    longest_at: float

    @classmethod
    def fixed(cls, at: float) -> Ends:
        """Returns an end that no growth puts off; a pause within an answer still ends it."""
        return cls(at, at)


class Deadline:
    """Closes the connection when a response is still being read at its end.

    A socket's timeout bounds the wait for the next bytes and not their sum: a provider that sends one byte a second
    would block a worker for ever. Shutting the socket down wakes its reader, under TLS too. Until the headers arrive
    there is no response to close: only the socket's timeout applies.
    """

    def __init__(self, response: Any, ends: Ends) -> None:
        self._response = response
        self._ends = ends
        self._grew_at: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.passed = False

    def __enter__(self) -> Deadline:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def grew(self) -> None:
        """Notes that the answer grew."""
        self._grew_at = time.monotonic()

    @property
    def _due(self) -> float:
        if self._grew_at is None:
            return self._ends.at
        return min(self._ends.longest_at, self._grew_at + STALL_S)

    def _watch(self) -> None:
        """Looks again and again: growth puts the end off, and its first piece may bring it nearer."""
        while not self._ended.wait(min(STALL_S, max(0.0, self._due - time.monotonic()))):
            if self._due <= time.monotonic():
                self._hang_up()
                return

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
