"""Parsing of page cursors and ids from a URL's query."""

from __future__ import annotations

from flask import request

from app.domain.errors import InvalidInput
from app.repositories.paging import PAGE_SIZE
from app.services.fleet import Cursor


def cursor_from_query(size: int = PAGE_SIZE) -> Cursor:
    """Returns the cursor of `?after=` or `?before=`. Raises InvalidInput when it is not an id."""
    return Cursor(after=_read_id("after"), before=_read_id("before"), size=size)


def _read_id(name: str) -> int | None:
    return number_from_query(name, "must be the id that the list gave; start again at the first page")


def number_from_query(name: str, wanted: str = "must be a number") -> int | None:
    """Returns the id of `?name=`, or None without one. Raises InvalidInput when it is not a number."""
    raw = request.args.get(name)
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) > 18:
        raise InvalidInput(name, wanted)
    return int(raw)
