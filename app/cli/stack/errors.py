"""Errors that stop the stack from starting; every message says what to do."""

from __future__ import annotations

from app.domain.errors import ChorusError


class StackError(ChorusError):
    """The stack could not start or had to stop; all processes it started have been stopped."""
