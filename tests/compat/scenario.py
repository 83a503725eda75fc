"""What both clients share: the scene that the test prepared, and notes of what the libraries made of the answers."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

MOST_WAITS = 20


@dataclass
class Scene:
    """Ids in the sandbox: a supergroup that the bot administers, with a message and a topic, and a person of each rank;
    another one where it is a member, one it was thrown out of, and a group that became another.
    """

    url: str
    control_url: str
    token: str
    bot_id: int
    first_name: str
    chat: int
    said: int
    thread: int
    members: dict[str, int]
    other_chat: int
    left_chat: int
    migrated_chat: int
    migrated_to: int

    def act(self) -> None:
        """Lets people do something of every kind that makes an update."""
        said = self._control(
            "POST", f"/chats/{self.chat}/messages", {"from": self.members["member"], "text": "Hi /about"}
        )
        place = f"/chats/{self.chat}/messages/{said['message_id']}"
        self._control("PATCH", place, {"text": "Hi all"})
        self._control("POST", f"{place}/reaction", {"from": self.members["member"], "emoji": "👍"})
        self._control("POST", f"/chats/{self.chat}/members", {"user_id": self.members["left"]})
        self._control("DELETE", f"/chats/{self.chat}/members/{self.members['left']}", None)
        self._control("POST", f"/chats/{self.other_chat}/members", {"user_id": self.bot_id, "status": "restricted"})
        self._control("POST", f"/chats/{self.other_chat}/members", {"user_id": self.bot_id, "status": "administrator"})

    async def struck(self, kind: str, call: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """A call that a fault of this kind meets."""
        details = {"flood": {"retry_after": 7}, "status": {"status": 502}}[kind]
        await asyncio.to_thread(self._control, "POST", "/faults", {"kind": kind, "count": 1, **details})
        return await call(*args)

    def _control(self, verb: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(self.control_url + path, data, headers, method=verb)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


class Notes:
    """What was called, what went wrong, and fields that `strange` finds in what a library made of an answer."""

    def __init__(self, strange: Callable[[Any], list[str]]) -> None:
        self._strange = strange
        self._called: list[str] = []
        self._problems: list[str] = []
        self._waits = 0

    async def of(self, method: str, call: Callable[..., Awaitable[Any]], *args: Any, **options: Any) -> Any:
        """The result of a call, made again after each wait that the sandbox asks for."""
        while True:
            try:
                found = await call(*args, **options)
                break
            except Exception as error:
                wait = getattr(error, "_retry_after", None) or getattr(error, "retry_after", None)
                self._waits += 1
                if wait is None or self._waits > MOST_WAITS:
                    raise RuntimeError(f"{method}: {type(error).__name__}: {error}") from error
                await asyncio.sleep(_seconds(wait))
        self._called.append(method)
        self._problems += [f"{method}: {name} is unknown to the library" for name in self._strange(found)]
        return found

    async def fails(self, kind: type[Exception], call: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """The error that a call must end with."""
        try:
            await call(*args)
        except Exception as error:
            if type(error) is not kind:
                self._problems.append(f"{type(error).__name__} instead of {kind.__name__}: {error}")
            return error
        self._problems.append(f"no {kind.__name__}")
        return None

    def check(self, what: str, true: Any) -> None:
        """Notes when a result is not what it should be."""
        if not true:
            self._problems.append(f"{what}: not what was expected")

    def write(self) -> None:
        """One JSON object on stdout."""
        sys.stdout.write(
            json.dumps({"called": sorted(set(self._called)), "problems": self._problems, "waits": self._waits})
        )


def _seconds(wait: Any) -> float:
    """One library gives a number, the other a timedelta."""
    return float(wait.total_seconds() if hasattr(wait, "total_seconds") else wait)


def read_scene() -> Scene:
    """The scene from stdin."""
    return Scene(**json.load(sys.stdin))
