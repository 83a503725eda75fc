"""What is asked of the Postgres server itself, whatever its tables hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

MIGRATION_LOCK = 0x63686F727573
"""Postgres' advisory lock ("chorus") of whoever migrates: one at a time on a server."""


def read_version(connection: Connection) -> int:
    """The server's version as it numbers itself: 180004 is 18.4."""
    return int(connection.execute(text("show server_version_num")).scalar_one())


@contextmanager
def only_migration(engine: Engine) -> Iterator[None]:
    """Waits until nobody else migrates, and keeps others from it until the block ends."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.execute(text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            yield
        finally:
            guard.execute(text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
