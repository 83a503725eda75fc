"""Engine and session factory. Postgres is the source of truth; every session uses UTC."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from app.postgres.address import SESSION, Address, read_address
from app.postgres.errors import ends_session, ends_this_session_only
from app.postgres.hosts import HostOrder

SessionFactory = sessionmaker[Session]

CONNECT_TIMEOUT_S, NEXT_HOST_S = 5, 3
"""How long one host may take to connect: the only one, and one of several."""

NETWORK = {"keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3", "tcp_user_timeout": "10000"}
"""A host that vanishes without a word is noticed after 11 s, in an idle session and under a statement alike.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
"""

REPORTED = ("in_hot_standby", "default_transaction_read_only")
"""Parameters that a server (from version 14 on) reports with its next answer whenever they change.

https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQPARAMETERSTATUS
"""


def create_db_engine(url: str, *, pool_size: int = 8, statement_timeout_s: float = 30.0) -> Engine:
    """An engine for `url` (postgresql://…, also of several hosts) with at most `pool_size` + 4 connections.

    Only a server that can be written is used, unless the URL says otherwise. Connections are tested before use, so a
    Postgres that restarted, failed over or became read-only costs one reconnect and no error. A statement times out
    after `statement_timeout_s` seconds, an idle transaction after a minute. Errors do not quote stored values: they may
    be people's words, and errors are logged. Raises ValueError for a URL that cannot be read.
    """
    address = read_address(url)
    arguments = _connect_arguments(address, int(statement_timeout_s * 1000))
    engine = create_engine(
        "postgresql+psycopg2://",
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args=arguments,
    )
    event.listen(engine, "handle_error", _end_useless_session)
    if arguments[SESSION] != "any":
        event.listen(engine, "checkout", _leave_read_only_server)
    if len(address.hosts) > 1:
        order = HostOrder(address.hosts)
        event.listen(engine, "do_connect", order.apply)
        event.listen(engine, "connect", order.remember)
    return engine


def create_session_factory(engine: Engine) -> SessionFactory:
    """Returns sessions that keep loaded values after commit, so that reading an attribute runs no hidden statement."""
    return sessionmaker(engine, expire_on_commit=False)


def _connect_arguments(address: Address, statement_timeout_ms: int) -> dict[str, str]:
    """Returns libpq's parameters: ours, those of the address over them, and both's session parameters together."""
    options = (
        f"{address.options.get('options', '')} -c timezone=utc -c statement_timeout={statement_timeout_ms} "
        "-c idle_in_transaction_session_timeout=60000"
    )
    ours = {
        **NETWORK,
        "connect_timeout": str(NEXT_HOST_S if len(address.hosts) > 1 else CONNECT_TIMEOUT_S),
        "application_name": "chorus",
        SESSION: "read-write",
    }
    return {**ours, **address.parameters, "options": options.strip()}


def _end_useless_session(context: ExceptionContext) -> None:
    """Replaces a session, and with it all of the pool, that the server ended or that can no longer write."""
    error = context.original_exception
    if ends_session(error):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = not ends_this_session_only(error)


def _leave_read_only_server(connection: Any, record: Any, proxy: Any) -> None:
    """Replaces the sessions of a pool whose server became read-only; the test before the use has brought its report."""
    if any(connection.get_parameter_status(name) == "on" for name in REPORTED):
        raise InvalidatePoolError
