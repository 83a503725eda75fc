"""The order in which the hosts of Postgres are tried."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from app.postgres.address import Host

DEFAULT_PORT = "5432"


class HostOrder:
    """The host of the newest session comes first, so that one which vanished costs its timeout once, not each time.

    Its methods are listeners of SQLAlchemy's events `do_connect` and `connect`; threads may share it.
    """

    def __init__(self, hosts: Sequence[Host]) -> None:
        self._hosts = tuple(hosts)

    def apply(self, dialect: Any, record: Any, arguments: Any, parameters: MutableMapping[str, Any]) -> None:
        """Sets the hosts of a connection that is about to be made."""
        hosts = self._hosts
        parameters.update(host=",".join(host.name for host in hosts), port=",".join(host.port for host in hosts))

    def remember(self, connection: Any, record: Any) -> None:
        """Puts the host of a new connection first."""
        found = (connection.info.host, str(connection.info.port))
        self._hosts = tuple(
            sorted(self._hosts, key=lambda host: (host.name, host.port or DEFAULT_PORT) != found),
        )
