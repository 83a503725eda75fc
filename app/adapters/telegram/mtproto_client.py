"""One bot's MTProto connection, by Telethon. Only `chorus listen` imports this module: Telethon is large.

Updates are taken in batches after Telethon has ordered and before it dispatches them: the state of its message box is
then exactly what was stored, so that a session saved at that moment has no gap and catches up with updates missed
while offline. Telethon's own event handlers would run when the box is ahead already, and an error in one of them would
lose its update.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from telethon import TelegramClient, errors
from telethon.sessions import StringSession
from telethon.tl import types

from app.adapters.telegram.listener import Remember, SessionLost, Take
from app.domain.errors import NotConnected, RetryAfter, ServerError, Unauthorized
from app.domain.ports import ListenedBot

KEEP_EVERY_S = 5.0
"""Least seconds between saves of a session; after a crash, updates since then come again, as duplicates."""

TOKEN_REFUSED = (
    errors.AccessTokenExpiredError,
    errors.AccessTokenInvalidError,
    errors.UserDeactivatedError,
    errors.UserDeactivatedBanError,
)


class MtprotoConnection:
    """One bot's connection. `api_id` and `api_hash` identify the application, from my.telegram.org/apps."""

    def __init__(self, bot: ListenedBot, api_id: int, api_hash: str) -> None:
        self._bot = bot
        session, self._resumes = read_session(bot.session)
        self._client = OrderedClient(
            session, api_id, api_hash, catch_up=self._resumes, connection_retries=1, auto_reconnect=False
        )

    async def receive(self, take: Take, remember: Remember) -> None:
        """Signs in unless the session is valid, and receives until the connection ends.

        Raises RetryAfter, Unauthorized, SessionLost, NotConnected or ServerError.
        """
        client = self._client
        client.on_batch = _Bookkeeper(client, take, remember).on_batch
        with translated():
            try:
                await client.connect()
                await client.sign_in(bot_token=self._bot.token)
                if client.settled:
                    await remember(write_session(client))
                await client.run_until_disconnected()
            finally:
                await client.disconnect()


class OrderedClient(TelegramClient):  # type: ignore[misc]
    """A client that hands each batch of updates to `on_batch` and dispatches none."""

    on_batch: Callable[[Sequence[Any]], Awaitable[None]]
    settled = True
    """Whether all updates in the message box were taken. A session saved before that would leave a gap."""

    async def _preprocess_updates(self, updates: Any, users: Any, chats: Any) -> list[Any]:
        """Overrides Telethon's step between ordering and dispatching (1.45; a test runs its update loop with it)."""
        self.settled = False
        found = await super()._preprocess_updates(updates, users, chats)
        await self.on_batch(found)
        self.settled = True
        return []


class _Bookkeeper:
    """Passes batches on, and saves the session every KEEP_EVERY_S."""

    def __init__(self, client: OrderedClient, take: Take, remember: Remember) -> None:
        self._client, self._take, self._remember = client, take, remember
        self._due = 0.0

    async def on_batch(self, updates: Sequence[Any]) -> None:
        await self._take(updates)
        now = asyncio.get_running_loop().time()
        if updates and now >= self._due:
            self._due = now + KEEP_EVERY_S
            await self._remember(write_session(self._client))


def write_session(client: TelegramClient) -> str:
    """Serialises login and update state as JSON. It is a secret: whoever has it can act as the bot."""
    account, channels = client._message_box.session_state()
    date = account["date"]
    return json.dumps(
        {
            "login": StringSession.save(client.session),
            "account": {**account, "date": int(date.timestamp()) if isinstance(date, dt.datetime) else date},
            "channels": [
                [channel_id, pts, known.hash]
                for channel_id, pts in channels.items()
                if (known := client._mb_entity_cache.get(channel_id)) is not None
            ],
        }
    )


def read_session(text: str | None) -> tuple[StringSession, bool]:
    """Parses the JSON of `write_session`; returns the session and whether it can catch up, a new one if invalid."""
    try:
        stored = json.loads(text or "")
        session = StringSession(stored["login"])
        account = stored["account"]
        date = dt.datetime.fromtimestamp(account["date"], dt.UTC)
        state = types.updates.State(account["pts"], account["qts"], date, account["seq"], unread_count=0)
        known = [types.InputPeerChannel(channel_id, access_hash) for channel_id, _, access_hash in stored["channels"]]
        session.process_entities(types.contacts.ResolvedPeer(None, known, []))
        session.set_update_state(0, state)
        for channel_id, pts, _ in stored["channels"]:
            session.set_update_state(channel_id, types.updates.State(pts, 0, date, 0, unread_count=0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return StringSession(), False
    return session, bool(account["pts"])


@contextmanager
def translated() -> Iterator[None]:
    """Translates Telethon's errors into the domain's. Their text is not passed on: it may hold the token."""
    try:
        yield
    except errors.FloodWaitError as error:
        raise RetryAfter(float(error.seconds)) from None
    except TOKEN_REFUSED as error:
        raise Unauthorized(f"Telegram refuses the token: {type(error).__name__}.") from None
    except (errors.UnauthorizedError, errors.AuthKeyError) as error:
        raise SessionLost(f"Telegram ended the session: {type(error).__name__}.") from None
    except errors.RPCError as error:
        raise ServerError(f"Telegram answered {type(error).__name__}.") from None
    except (OSError, TimeoutError) as error:
        raise NotConnected(f"Telegram cannot be reached: {type(error).__name__}.") from None
