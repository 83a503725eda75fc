"""Runs the migrations on the database that the caller passes in, or on DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection

from app.db import create_db_engine
from app.models import Base


def run(connection: Connection) -> None:
    """Migrates over `connection` in one transaction a migration."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Uses the connection in the config's attributes, else opens one to DATABASE_URL."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    url = context.config.get_main_option("sqlalchemy.url") or os.environ["DATABASE_URL"]
    with create_db_engine(url, statement_timeout_s=0).connect() as fresh:
        run(fresh)


main()
