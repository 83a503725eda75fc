"""Alembic from code: migrating a database to the newest schema, and reading its revision."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

import app
from app.repositories.server import only_migration

MIGRATIONS = Path(app.__file__).resolve().parent.parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Returns Alembic's configuration without a file; `connection` is the one to migrate over."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    """Returns the newest revision of this code's migrations."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def current_revision(connection: Connection) -> str | None:
    """Returns the database's revision; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade_to_head(engine: Engine) -> str | None:
    """Applies missing migrations and returns the revision reached. Concurrent callers wait for each other."""
    with only_migration(engine):
        with engine.connect() as connection:
            command.upgrade(alembic_config(connection), "head")
        with engine.connect() as connection:
            return current_revision(connection)
