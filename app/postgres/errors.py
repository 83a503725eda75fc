"""What an error of Postgres says about the server: away, read-only, or closed to this installation.

SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html. While a connection is being made psycopg2 has
none (`pgcode` is None), only libpq's message with one line a host: there words decide. A server that speaks another
language than English (`lc_messages`) is then taken for away, and its own words are in the log.
"""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError, OperationalError

CONNECTION_CLASS = "08"
READ_ONLY = "25006"
TOO_MANY_CONNECTIONS = "53300"
STOPPED, CRASHED, STARTING, DROPPED, IDLE = "57P01", "57P02", "57P03", "57P04", "57P05"
IDLE_IN_TRANSACTION, LONG_TRANSACTION = "25P03", "25P04"
DISK_FULL = "53100"

AWAY = frozenset({READ_ONLY, TOO_MANY_CONNECTIONS, DISK_FULL, STOPPED, CRASHED, STARTING, IDLE, IDLE_IN_TRANSACTION})
"""Not the work's fault: the server stops, starts, is no primary, is full, or closed a session that was idle."""

ONE_SESSION = frozenset({IDLE, IDLE_IN_TRANSACTION, LONG_TRANSACTION})
"""The server closed this session; others may go on."""

ENDED = ONE_SESSION | {READ_ONLY, TOO_MANY_CONNECTIONS, STOPPED, CRASHED, STARTING, DROPPED}
"""The session is closed, or will be of no use: a new one finds a server that can be written."""

OUT_OF_RANGE = "22003"
"""A number that the column's type does not hold."""

READ_ONLY_WORDS = ("session is read-only", "server is in hot standby mode")
"""What libpq says of a host that `target_session_attrs` passes over (its own words, always English here)."""

NO_USER = "Postgres does not let user {0} in: correct the user in DATABASE_URL, or create it with LOGIN"

REFUSALS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r'password authentication failed for user "([^"]*)"'),
        "Postgres refuses the password of user {0}: correct it in DATABASE_URL, or set it there by ALTER ROLE",
    ),
    (
        re.compile(r"no password supplied"),
        "Postgres asks for a password and DATABASE_URL has none: write postgresql://user:password@host/database",
    ),
    (re.compile(r'authentication failed for user "([^"]*)"'), NO_USER),
    (re.compile(r'role "([^"]*)" (?:does not exist|is not permitted to log in)'), NO_USER),
    (
        re.compile(r"pg_hba\.conf (?:entry|rejects connection) for "),
        "Postgres lets nobody in from this machine by these means: add a line to its pg_hba.conf, "
        "or try sslmode=require in DATABASE_URL",
    ),
    (
        re.compile(r'database "([^"]*)" does not exist'),
        "Postgres has no database {0}: create it, or correct its name in DATABASE_URL",
    ),
    (
        re.compile(r'permission denied for database "([^"]*)"'),
        "Postgres does not let this user into database {0}: GRANT CONNECT to it",
    ),
    (
        re.compile(r"SSL was required|certificate verify failed|server certificate for|root certificate file"),
        "TLS with Postgres fails: correct sslmode or sslrootcert in DATABASE_URL, or the server's certificate",
    ),
    (
        re.compile(r"unsupported startup parameter(?: in options)?: (\w+)"),
        "PgBouncer refuses a parameter of the session: add {0} to its ignore_startup_parameters",
    ),
)
"""Messages, as they end a line, of a server that answers and will refuse until somebody changes something."""


def is_away(error: DBAPIError) -> bool:
    """Whether the same statement succeeds once the server is back; by the SQLSTATE, else by the lost connection."""
    code = sqlstate(error)
    if code is not None:
        return code.startswith(CONNECTION_CLASS) or code in AWAY
    return error.connection_invalidated or was_never_connected(error)


def is_read_only(error: BaseException) -> bool:
    """Whether the server, or every host that answers, can only be read: a standby, or a primary set so."""
    if not isinstance(error, DBAPIError):
        return False
    if sqlstate(error) == READ_ONLY:
        return True
    return was_never_connected(error) and any(words in str(error.orig) for words in READ_ONLY_WORDS)


def refusal(error: BaseException) -> str | None:
    """Returns what an operator has to correct, when a server refused the connection for good; else None."""
    if not isinstance(error, DBAPIError) or not was_never_connected(error):
        return None
    for line in str(error.orig).splitlines():
        for pattern, sentence in REFUSALS:
            if found := pattern.search(line.strip()):
                return sentence.format(*found.groups())
    return None


def message(error: DBAPIError) -> str:
    """Returns the server's or driver's message: the first line, or of a failed connection one for each host."""
    lines = [line for line in str(error.orig).strip().splitlines() if line and not line[0].isspace()]
    return "; ".join(lines if was_never_connected(error) else lines[:1])


def ends_session(error: BaseException | None) -> bool:
    """Whether the session is closed or useless after a driver's `error`."""
    code = getattr(error, "pgcode", None) or ""
    return code.startswith(CONNECTION_CLASS) or code in ENDED


def ends_this_session_only(error: BaseException | None) -> bool:
    """Whether a driver's `error` tells nothing about the server's other sessions."""
    return getattr(error, "pgcode", None) in ONE_SESSION


def sqlstate(error: DBAPIError) -> str | None:
    """Returns the SQLSTATE, unless no connection was made or it was lost."""
    code = getattr(error.orig, "pgcode", None)
    return str(code) if code else None


def was_never_connected(error: DBAPIError) -> bool:
    """Whether the connection failed while it was being made."""
    return isinstance(error, OperationalError) and error.statement is None and sqlstate(error) is None
