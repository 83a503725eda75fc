"""Log context of a piece of work: bound at its start, removed at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

__all__ = ["bind", "bound", "clear", "context_of"]

_NOTE = "log_context"

bind = bind_contextvars
"""Binds keys of the vocabulary for the rest of this thread's or coroutine's work."""

clear = clear_contextvars


@contextmanager
def bound(**keys: Any) -> Iterator[None]:
    """Binds keys to every line inside. An error that leaves carries them, for the caller that logs it."""
    with bound_contextvars(**keys):
        try:
            yield
        except Exception as error:
            if not hasattr(error, _NOTE):
                setattr(error, _NOTE, get_contextvars())
            raise


def context_of(error: BaseException) -> Mapping[str, Any]:
    """Returns the log context of where the error was raised."""
    noted: Mapping[str, Any] = getattr(error, _NOTE, {})
    return noted
