"""The Redis broker for Celery: kombu's transport, for which a server that refuses writes is a lost connection.

Workers, publishers, beat, Flower and control commands all connect by it, and reconnect instead of ending.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.transport import redis as kombu_redis

from app.adapters.redis.connection import Connection, Refused, SSLConnection
from app.redis_servers import BROKER, check_writes, is_told_by_redis


class QoS(kombu_redis.QoS):  # type: ignore[misc]
    """Acknowledgements that free their place even when the server does not take them.

    kombu logs such an error and goes on. The message would count for good among those that a worker may have at once,
    and with all places taken the worker would hear nothing more, although its connection is well. The message itself
    stays with the server, as one of a worker that died: it comes again when nobody acknowledged it in time. So does one
    whose connection was lost and closed while it was worked on: kombu has nothing to acknowledge it by, and would raise
    an AttributeError that ends the worker.
    """

    def ack(self, delivery_tag: str) -> None:
        """Removes a message that was worked on. Raises what the server answers."""
        if self.channel.closed:
            virtual.QoS.ack(self, delivery_tag)
            return
        with self._freed(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Removes a message, or returns it to its queue. Raises what the server answers."""
        if self.channel.closed:
            virtual.QoS.ack(self, delivery_tag)
            return
        with self._freed(delivery_tag):
            super().reject(delivery_tag, requeue)

    def restore_unacked(self, client: Any = None) -> None:
        """Returns what was taken and not worked on to its queues; what the server does not take stays with it.

        A worker closes its lost connection so. kombu raises what the server answers, which nothing catches there: the
        whole worker would end because the server is still away.
        """
        try:
            super().restore_unacked(client)
        except Exception as error:
            if not is_told_by_redis(error):
                raise
            BROKER.failed(error)
            self._delivered.clear()

    @contextmanager
    def _freed(self, delivery_tag: str) -> Iterator[None]:
        try:
            yield
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(kombu_redis.Channel):  # type: ignore[misc]
    """A channel whose connections raise Refused."""

    QoS = QoS

    connection_class = Connection
    connection_class_ssl = SSLConnection


class Transport(kombu_redis.Transport):  # type: ignore[misc]
    """The transport of redis:// and rediss://."""

    Channel = Channel
    connection_errors = (*kombu_redis.Transport.connection_errors, Refused)

    def establish_connection(self) -> Any:
        """Connects; raises Refused when the server takes no writes, so that whoever waits for it goes on waiting."""
        connection = super().establish_connection()
        try:
            with self._avail_channels[-1].conn_or_acquire() as client:
                check_writes(client)
        except BaseException:
            self._avail_channels.pop().close()
            raise
        return connection


def use_patient_broker() -> None:
    """Lets kombu resolve redis:// and rediss:// to this transport, in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
