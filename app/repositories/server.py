"""The Postgres server's version, its part in a replication, and the lock of migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

ROLE = text(
    "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only,"
    " current_setting('synchronous_standby_names') <> '' as waits_for_standby"
)

MIGRATION_LOCK = 0x63686F727573
"""Advisory lock ("chorus") held while migrating: one migration at a time on a server."""


@dataclass(frozen=True, slots=True)
class Role:
    """Whether a server is a standby, refuses to write, and confirms commits only once a standby has them."""

    standby: bool
    read_only: bool
    waits_for_standby: bool


def read_version(connection: Connection) -> int:
    """The server's version as it numbers itself: 180004 is 18.4."""
    return int(connection.execute(text("show server_version_num")).scalar_one())


def read_role(connection: Connection) -> Role:
    """What the server is in its replication."""
    row = connection.execute(ROLE).one()
    return Role(row.standby, row.read_only, row.waits_for_standby)


@contextmanager
def only_migration(engine: Engine) -> Iterator[None]:
    """Holds the advisory lock of migrations for the block, after waiting for it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.execute(text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            yield
        finally:
            guard.execute(text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
