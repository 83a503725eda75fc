"""Readiness probes. Each returns within a few seconds and never raises."""

from __future__ import annotations

import socket

import httpx
from celery import Celery
from kombu.exceptions import OperationalError

_SECONDS = 2.0


def accepts(host: str, port: int) -> bool:
    """Whether something listens on a TCP port."""
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except OSError:
        return False
    return True


def serves(url: str) -> bool:
    """Whether a web page answers with a status below 500."""
    try:
        return httpx.get(url, timeout=_SECONDS, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def consumes(broker_url: str, node: str) -> bool:
    """Whether the Celery worker of this full node name answers a ping through the broker."""
    app = Celery(broker=broker_url, set_as_current=False)
    connection = app.connection_for_write(connect_timeout=_SECONDS)
    away = (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)
    try:
        with connection:
            return bool(app.control.ping(destination=[node], timeout=1.0, connection=connection))
    except away:
        return False
    finally:
        app.close()


def local_host(bind_host: str) -> str:
    """Returns the address by which this machine reaches a server bound to `bind_host`."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind_host, bind_host)  # noqa: S104
