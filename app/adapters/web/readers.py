"""Parsing of untrusted documents in processes of their own, which are killed when they take too long."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import app
from app.domain.errors import NotAFeed, WebError

DEADLINE_S = 5.0
"""Seconds that one document may hold its caller, on a busy machine too."""
MOST_CPU_S = 1.5
"""Seconds of CPU for one document; an honest feed of 1 MB takes 0.7."""
MOST_MEMORY = 512 * 1024 * 1024
"""Bytes of address space of a process; an honest feed of 1 MB takes 90 MB, the interpreter included."""
START_S = 20.0
"""Seconds for a new process to be ready; they are no document's fault."""
MOST_IDLE = 2
PROGRAM = "app.adapters.web.feed_reader"
CHUNK = 64 * 1024

FIND_ANOTHER = "it is built in an unusual way; find another feed of its publisher"
TOO_SLOW = f"takes more than {MOST_CPU_S:g} s of computing to be read: {FIND_ANOTHER}"
TOO_LATE = f"could not be read within {DEADLINE_S:g} s: this machine is busy, or {FIND_ANOTHER}"
CRASHED = f"ends the program that reads it: {FIND_ANOTHER}"
NOT_STARTED = "cannot be read now: the process that reads feeds does not start (is memory short?)"


class Reader:
    """One process: a fresh interpreter with nothing of this process but a socket; no fork, as threads run here."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self.documents = 0
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-m", PROGRAM],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(Path(app.__file__).parent.parent), "PATH": os.defpath},
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Raises OSError or EOFError when the process does not start in time."""
        self._receive(START_S)

    def read(self, body: bytes, content_type: str) -> dict[str, Any]:
        """Returns what the process found. Raises TimeoutError after the deadline, EOFError when the process ended."""
        began = time.monotonic()
        limits = {"seconds": DEADLINE_S * 2, "cpu_s": MOST_CPU_S, "memory": MOST_MEMORY}
        asked = {"length": len(body), "content_type": content_type, **limits}
        self.documents += 1
        try:
            self._socket.settimeout(DEADLINE_S)
            self._socket.sendall(json.dumps(asked).encode() + b"\n" + body)
        except (BrokenPipeError, ConnectionResetError):
            raise EOFError from None
        return self._receive(DEADLINE_S - (time.monotonic() - began))

    def _receive(self, seconds: float) -> dict[str, Any]:
        until, line = time.monotonic() + seconds, bytearray()
        while not line.endswith(b"\n"):
            self._socket.settimeout(max(0.001, until - time.monotonic()))
            try:
                chunk = self._socket.recv(CHUNK)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise EOFError
            line += chunk
        found: dict[str, Any] = json.loads(line)
        return found

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def end(self) -> int:
        """Kills the process unless it has ended, and returns its exit status: negative is the signal that ended it."""
        self._socket.close()
        self._process.kill()
        return self._process.wait()


class Readers:
    """The processes of this one: each serves one thread at a time, and is used again unless it was ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Reader] = []

    def read(self, body: bytes, content_type: str) -> dict[str, Any]:
        """Parses a document. Raises NotAFeed when it is too costly, WebError when this machine is too slow now."""
        while True:
            reader = self._take()
            is_new = reader.documents == 0
            try:
                found = reader.read(body, content_type)
            except TimeoutError:
                reader.end()
                raise WebError(TOO_LATE) from None
            except EOFError:
                status = reader.end()
                if status == -signal.SIGPROF:
                    raise NotAFeed(TOO_SLOW) from None
                if is_new:
                    raise NotAFeed(CRASHED) from None
                continue
            self._give_back(reader)
            return found

    def _take(self) -> Reader:
        """Returns an idle process, or a new one. Raises WebError when none starts."""
        with self._lock:
            while self._idle:
                reader = self._idle.pop()
                if reader.is_alive():
                    return reader
                reader.end()
        try:
            reader = Reader()
        except OSError:
            raise WebError(NOT_STARTED) from None
        try:
            reader.wait_until_ready()
        except (OSError, EOFError, ValueError):
            reader.end()
            raise WebError(NOT_STARTED) from None
        return reader

    def _give_back(self, reader: Reader) -> None:
        with self._lock:
            if len(self._idle) < MOST_IDLE:
                self._idle.append(reader)
                return
        reader.end()

    def close(self) -> None:
        """Ends the idle processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.end()

    def forget(self) -> None:
        """Leaves the processes to the parent, in a child that was forked."""
        self._lock, self._idle = threading.Lock(), []


READERS = Readers()
atexit.register(READERS.close)
os.register_at_fork(after_in_child=READERS.forget)
