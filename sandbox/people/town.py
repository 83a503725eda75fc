"""A client of the Telegram sandbox's control API for simulated people."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from app.simulation.lines import BotName

RETRY_PAUSE_S = 0.25


class TownError(RuntimeError):
    """The control API refused a request or could not be reached; the text explains it for people."""


@dataclass(frozen=True)
class ChatPlace:
    """A chat and its present bots."""

    id: int
    title: str
    bots: tuple[BotName, ...]


class Town:
    """A client of the control API. Waits up to `patience` seconds for a server that refuses connections, as during a
    restart; a call whose outcome is unknown is never repeated.
    """

    def __init__(self, control_url: str, patience: float = 10.0) -> None:
        self._url = control_url.rstrip("/")
        self._patience = patience
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def chats(self) -> list[ChatPlace]:
        """Returns all chats that still exist under their id, with their active bots."""
        listed = (await self._call("GET", "/bots"))["bots"]
        bots = {bot["id"]: _read_bot(bot) for bot in listed if not (bot["revoked"] or bot["banned"])}
        chats = (await self._call("GET", "/chats"))["chats"]
        return [
            ChatPlace(chat["id"], chat["title"], tuple(bots[one] for one in chat["bot_ids"] if one in bots))
            for chat in chats
            if chat.get("migrated_to") is None
        ]

    async def add_person(self, first_name: str, username: str) -> int:
        """Returns the id of the person of that name, created if needed."""
        answer = await self._call("POST", "/people", {"first_name": first_name, "username": username})
        return int(answer["id"])

    async def say(self, chat_id: int, person_id: int, text: str, label: str | None = None) -> None:
        """Posts `text` as a person; `label` is kept in the journal."""
        body = {"from": person_id, "text": text} | ({} if label is None else {"label": label})
        await self._call("POST", f"/chats/{chat_id}/messages", body)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Calls the control API. Raises TownError when it is not there, does not answer, or refuses."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                async with self._session.request(method, self._url + path, json=body) as reply:
                    answer: dict[str, Any] = await reply.json()
                    if reply.status >= 400:
                        raise TownError(f"{method} {path}: {answer.get('error', reply.reason)}")
                    return answer
            except aiohttp.ClientConnectorError as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise TownError(f"--control-url {self._url}: {error.strerror or 'not reachable'}") from None
                await asyncio.sleep(RETRY_PAUSE_S)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise TownError(f"{method} {path}: no usable answer ({type(error).__name__})") from None


def _read_bot(bot: dict[str, Any]) -> BotName:
    return BotName(bot["id"], bot["username"], bot["first_name"], bot["can_read_all_group_messages"])
