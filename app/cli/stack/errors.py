"""What can stop the stack from starting; every text says what to do."""

from __future__ import annotations

from app.domain.errors import ChorusError


class StackError(ChorusError):
    """The stack cannot start, or had to be given up; nothing it started is left running."""
