"""The Postgres server's version, and the lock of migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

MIGRATION_LOCK = 0x63686F727573
"""Advisory lock ("chorus") held while migrating: one migration at a time on a server."""


def read_version(connection: Connection) -> int:
    """The server's version as it numbers itself: 180004 is 18.4."""
    return int(connection.execute(text("show server_version_num")).scalar_one())


@contextmanager
def only_migration(engine: Engine) -> Iterator[None]:
    """Holds the advisory lock of migrations for the block, after waiting for it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.execute(text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            yield
        finally:
            guard.execute(text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
