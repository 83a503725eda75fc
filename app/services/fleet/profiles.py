"""Bot profiles, read from Redis on the hot path and filled from Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from app.db import SessionFactory
from app.domain.fleet.persona import BotProfile
from app.repositories.fleet import profiles


class Cache(Protocol):
    """A cache of profile rows by bot id and persona version."""

    def get_many(self, versions: Mapping[int, int]) -> dict[int, dict[str, Any]]:
        """Returns the cached rows."""
        ...

    def put_many(self, rows: Mapping[int, dict[str, Any]]) -> None:
        """Stores rows."""
        ...


def load_profiles(sessions: SessionFactory, cache: Cache, versions: Mapping[int, int]) -> dict[int, BotProfile]:
    """The profiles of the bots in `versions` (bot id: persona version); bots that are gone are left out."""
    rows = cache.get_many(versions)
    missing = versions.keys() - rows.keys()
    if missing:
        with sessions() as session:
            fresh = {row["bot_id"]: row for row in profiles.load_rows(session, missing)}
        cache.put_many(fresh)
        rows |= fresh
    return {bot_id: profiles.parse_row(row) for bot_id, row in rows.items()}
