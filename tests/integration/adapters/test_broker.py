"""A broker that takes no acknowledgement, by kombu and a real Redis."""

from __future__ import annotations

import logging
from contextlib import contextmanager

import pytest
import redis
from kombu import Connection, Queue

from app.adapters.broker import Transport
from app.adapters.redis.connection import Refused
from drills.redis_faults import SETTINGS, refusing

QUEUE = Queue("acknowledged", durable=True)


@pytest.fixture
def connection(broker_url):
    with Connection(broker_url, transport=Transport) as opened:
        yield opened


@pytest.fixture
def broker(broker_url):
    with redis.Redis.from_url(broker_url) as client:
        client.flushall()
        yield client


def receive(connection):
    """A message that was published and taken, not yet acknowledged."""
    producer = connection.Producer()
    producer.publish({"n": 1}, routing_key=QUEUE.name, declare=[QUEUE])
    message = QUEUE(connection.default_channel).get()
    assert message is not None
    return message


@contextmanager
def cut_off(channel, monkeypatch):
    """The server is away: no command of the channel reaches it."""

    def away(*_, **__):
        raise redis.ConnectionError("Connection closed by server.")

    with monkeypatch.context() as patched:
        patched.setattr(channel.qos, "restore_by_tag", away)
        yield


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize("way", ["ack", "reject"])
def test_a_refused_acknowledgement_frees_the_place_of_its_message_which_stays_with_the_server(
    connection, broker, kind, way
):
    message = receive(connection)
    qos = connection.default_channel.qos
    qos.prefetch_count = 1
    assert not qos.can_consume()
    with refusing(broker, kind), pytest.raises(Refused) as raised:
        getattr(message, way)()
    assert raised.value.status_code == kind
    assert qos.can_consume()
    assert list(broker.hkeys("unacked")) == [message.delivery_tag.encode()]


@pytest.mark.parametrize("kind", [*SETTINGS, "AWAY"])
def test_a_connection_is_closed_although_the_server_takes_no_message_back(connection, broker, kind, monkeypatch):
    message = receive(connection)
    channel = connection.default_channel
    with refusing(broker, kind) if kind in SETTINGS else cut_off(channel, monkeypatch):
        channel.close()
    assert channel.qos._delivered == {}
    assert list(broker.hkeys("unacked")) == [message.delivery_tag.encode()]


@pytest.mark.parametrize("way", ["ack", "reject"])
def test_a_task_that_ends_after_its_connection_was_closed_ends_nothing_else(connection, broker, monkeypatch, way):
    message = receive(connection)
    channel = connection.default_channel
    with cut_off(channel, monkeypatch):
        channel.close()
    getattr(message, way)()
    assert channel.qos.can_consume()
    assert list(broker.hkeys("unacked")) == [message.delivery_tag.encode()]


def test_what_was_not_worked_on_goes_back_to_its_queue(connection, broker):
    receive(connection)
    connection.default_channel.close()
    assert broker.llen(QUEUE.name) == 1
    assert broker.hgetall("unacked") == {}


def test_any_other_error_of_closing_is_raised(connection, broker, monkeypatch):
    receive(connection)
    channel = connection.default_channel
    monkeypatch.setattr(channel.qos, "restore_by_tag", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        channel.qos.restore_unacked()


def test_a_taken_acknowledgement_leaves_nothing(connection, broker):
    receive(connection).ack_log_error(logging.getLogger(__name__), connection.connection_errors)
    assert broker.hgetall("unacked") == {}
