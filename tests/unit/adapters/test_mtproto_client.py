"""Telethon itself, without a network: its update loop hands over batches, and a kept session knows where to go on."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from telethon import errors
from telethon._updates import ChannelState, SessionState
from telethon._updates.entitycache import Entity, EntityType
from telethon.crypto import AuthKey
from telethon.sessions import StringSession
from telethon.tl import types

from app.adapters.telegram.listener import SessionLost
from app.adapters.telegram.mtproto_client import (
    MtprotoConnection,
    OrderedClient,
    read_session,
    translated,
    write_session,
)
from app.cli.stack.ports import find_free
from app.domain.errors import NotConnected, RetryAfter, ServerError, TelegramError, Unauthorized
from app.domain.ports import ListenedBot
from tests.unit.adapters.telethon_objects import CHANNEL, ENTITIES, GRACE, MARK, NOW, message


def login() -> StringSession:
    session = StringSession()
    session.set_dc(2, "149.154.167.51", 443)
    session.auth_key = AuthKey(b"k" * 256)
    return session


def client_of(session: StringSession) -> OrderedClient:
    client = OrderedClient(session, 1, "hash", receive_updates=True)
    client._message_box.load(SessionState(0, 0, 0, 50, 3, int(NOW.timestamp()), 1, 0), [ChannelState(CHANNEL, 9)])
    client._mb_entity_cache.put(Entity(EntityType.MEGAGROUP, CHANNEL, 4321))
    return client


def batch(*ids: int) -> types.Updates:
    updates = [types.UpdateNewChannelMessage(message(id=number), pts=9 + number, pts_count=1) for number in ids]
    return types.Updates(updates, [ENTITIES[GRACE]], [ENTITIES[MARK]], NOW, 0)


def test_telethons_update_loop_hands_over_whole_batches_with_their_entities_and_dispatches_nothing() -> None:
    taken: list[list[Any]] = []

    async def story() -> None:
        client = client_of(login())
        dispatched: list[Any] = []

        async def on_batch(updates: Sequence[Any]) -> None:
            assert not client.settled
            if updates:
                taken.append(list(updates))
            if len(taken) == 2:
                client.is_connected = lambda: False

        async def dispatch(update: Any) -> None:
            dispatched.append(update)

        client.on_batch, client._dispatch_update, client.is_connected = on_batch, dispatch, lambda: True
        client._updates_queue.put_nowait(batch(1, 2))
        client._updates_queue.put_nowait(batch(3))
        await asyncio.wait_for(client._update_loop(), 10)
        assert dispatched == []
        assert client.settled
        assert client._message_box.session_state()[1] == {CHANNEL: 12}

    asyncio.run(story())
    assert [[update.message.id for update in updates] for updates in taken] == [[1, 2], [3]]
    assert taken[0][0]._entities[GRACE].first_name == "Grace"


def test_a_kept_session_knows_the_login_and_where_to_go_on() -> None:
    async def story() -> None:
        session, resumes = read_session(write_session(client_of(login())))
        states = dict(session.get_update_states())

        assert resumes
        assert session.auth_key.key == b"k" * 256
        assert (states[0].pts, states[0].qts, states[0].date, states[0].seq) == (50, 3, NOW, 1)
        assert states[CHANNEL].pts == 9
        assert session.get_input_entity(types.PeerChannel(CHANNEL)).access_hash == 4321

    asyncio.run(story())


def test_a_channel_is_found_again_by_the_number_that_telethon_asks_for() -> None:
    """TelegramClient.connect looks the access hash up by the bare channel id."""

    async def story() -> None:
        session, _ = read_session(write_session(client_of(login())))
        assert session.get_input_entity(CHANNEL).access_hash == 4321

    asyncio.run(story())


@pytest.mark.parametrize("text", [None, "", "nonsense", "[]", json.dumps({"login": "1zz"})])
def test_without_a_usable_session_the_bot_signs_in_anew(text: str | None) -> None:
    session, resumes = read_session(text)
    assert (session.auth_key, resumes) == (None, False)


def test_a_date_that_telethon_keeps_as_a_number_survives_too() -> None:
    async def story() -> None:
        client = client_of(login())
        client._message_box.date = dt.datetime.fromtimestamp(5, dt.UTC)
        assert json.loads(write_session(client))["account"]["date"] == 5

    asyncio.run(story())


@pytest.mark.parametrize(
    ("raised", "wanted"),
    [
        (errors.FloodWaitError(None, 77), RetryAfter),
        (errors.AccessTokenExpiredError(None), Unauthorized),
        (errors.AccessTokenInvalidError(None), Unauthorized),
        (errors.UserDeactivatedError(None), Unauthorized),
        (errors.AuthKeyUnregisteredError(None), SessionLost),
        (errors.SessionRevokedError(None), SessionLost),
        (errors.AuthKeyDuplicatedError(None), SessionLost),
        (errors.ApiIdInvalidError(None), ServerError),
        (ConnectionError("bot 700001:secret"), NotConnected),
        (TimeoutError(), NotConnected),
    ],
)
def test_telethons_errors_become_ours(raised: Exception, wanted: type[TelegramError]) -> None:
    with pytest.raises(wanted) as caught, translated():
        raise raised
    assert "secret" not in str(caught.value)
    if isinstance(caught.value, RetryAfter):
        assert caught.value.seconds == 77


def test_a_batch_that_could_not_be_taken_leaves_the_client_unsettled() -> None:
    async def story() -> None:
        client = client_of(login())

        async def interrupted(updates: Sequence[Any]) -> None:
            raise asyncio.CancelledError

        client.on_batch = interrupted
        with pytest.raises(asyncio.CancelledError):
            await client._preprocess_updates([], [], [])
        assert not client.settled

    asyncio.run(story())


def test_a_server_that_does_not_listen_is_no_connection_and_nothing_is_remembered() -> None:
    """The session names a data centre on this machine, at a port that nobody listens on."""
    session = StringSession()
    session.set_dc(2, "127.0.0.1", find_free())
    session.auth_key = AuthKey(b"k" * 256)
    kept: list[str] = []

    async def remember(text: str) -> None:
        kept.append(text)

    async def story() -> None:
        bot = ListenedBot(1, 700001, "700001:a", write_session(client_of(session)))
        with pytest.raises(NotConnected):
            await MtprotoConnection(bot, 1, "hash").receive(_taken, remember)

    asyncio.run(story())
    assert kept == []


async def _taken(updates: Sequence[Any]) -> None:
    raise AssertionError("nothing can come")


def test_only_the_listening_command_loads_telethon() -> None:
    program = (
        "import sys, app.bootstrap, app.cli.ingest.poll, app.adapters.telegram.listener, app.services.ingest.listening;"
        "assert 'telethon' not in sys.modules; import app.cli.ingest.listen; assert 'telethon' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
