"""The folder of one installation (`var/`): its lock, keys and paths."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet

from app.cli.stack.errors import StackError


class Home:
    """`var/` and its contents. Other users can read neither the folder nor its keys."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def logs(self) -> Path:
        """The processes' log files."""
        return self.path / "log"

    @property
    def keys(self) -> Path:
        """The folder of secrets, one a file, mode 0600."""
        return self.path / "keys"

    def prepare(self) -> None:
        """Creates the folders with mode 0700. Raises StackError when they cannot be written."""
        try:
            for folder in (self.path, self.keys, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise StackError(
                f"{self.path} cannot be written ({error.strerror}): choose a folder of yours with --var DIR."
            ) from None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Locks the installation for this process; the kernel releases the lock however the process ends.

        Raises StackError naming the pid of the process that holds it already.
        """
        with (self.path / "up.lock").open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                pid = file.read().strip() or "unknown"
                raise StackError(
                    f"Chorus already runs on {self.path} (pid {pid}): stop that one with Ctrl-C or `kill {pid}`, "
                    "or choose another folder with --var DIR."
                ) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> str:
        """Returns the secret of this name, created on first use."""
        file = self.keys / name
        if file.exists():
            file.chmod(0o600)
            return file.read_text(encoding="utf-8").strip()
        value = make()
        self.write_secret(name, value)
        return value

    def write_secret(self, name: str, text: str) -> Path:
        """Writes a text into `keys/` atomically, with mode 0600 from the start."""
        file = self.keys / name
        scratch = self.keys / f".{name}.new"
        scratch.unlink(missing_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(file)
        return file


def make_encryption_key() -> str:
    """Returns a new Fernet key."""
    return Fernet.generate_key().decode("ascii")


def make_signing_key() -> str:
    """Returns a new key for sessions and forms, 64 characters."""
    return secrets.token_urlsafe(48)
