"""Engine and session factory. Postgres is the source of truth; every session uses UTC."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

SessionFactory = sessionmaker[Session]


def create_db_engine(url: str, *, pool_size: int = 8, statement_timeout_s: float = 30.0) -> Engine:
    """An engine for `url` (postgresql://…) with at most `pool_size` + 4 connections.

    Connections are tested before use, so a restarted Postgres costs one reconnect and no error. A statement times out
    after `statement_timeout_s` seconds, an idle transaction after a minute. Errors do not quote stored values: they may
    be people's words, and errors are logged.
    """
    timeout_ms = int(statement_timeout_s * 1000)
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "chorus",
            "options": f"-c timezone=utc -c statement_timeout={timeout_ms} "
            "-c idle_in_transaction_session_timeout=60000",
        },
    )


def create_session_factory(engine: Engine) -> SessionFactory:
    """Returns sessions that keep loaded values after commit, so that reading an attribute runs no hidden statement."""
    return sessionmaker(engine, expire_on_commit=False)
