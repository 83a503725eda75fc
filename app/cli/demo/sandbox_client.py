"""Setup of the demo: accounts and groups in the Telegram sandbox, the fleet in Chorus, and a replay in a group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from app.adapters.clock import SystemClock
from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.cli.demo.demo_fleet import DemoFleet
from app.config import Settings
from app.db import SessionFactory
from app.domain.errors import InvalidInput, Unreachable
from app.services.fleet import seed_fleet


class SandboxClient:
    """A client of the sandbox's control API, as far as the demo needs it."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url
        self._http = requests.Session()
        self._http.trust_env = False

    def create_fleet(self, fleet: DemoFleet) -> None:
        """Creates the bots and groups in the sandbox."""
        for bot in fleet.bots:
            body = {"token": bot.form.token, "username": bot.username, "first_name": bot.display_name}
            self._post("/bots", body)
        for chat_id, title, _ in fleet.chats:
            self._post("/chats", {"id": chat_id, "title": title})
        for user_id, chat_id in fleet.memberships:
            self._post(f"/chats/{chat_id}/members", {"user_id": user_id})

    def begin_replay(
        self, chat_id: int, export: Path, speed: float, seconds: float | None, name: str | None = None
    ) -> None:
        """Starts a replay of an export in a group, from its busiest stretch on; `name` is the exported chat's.

        Raises InvalidInput when the file is not a chat export.
        """
        body: dict[str, Any] = {"path": str(export.absolute()), "speed": speed, "from": "densest"}
        if name is not None:
            body["chat"] = name
        self._post(f"/chats/{chat_id}/replay", body if seconds is None else body | {"for_s": seconds}, "--replay")

    def end_replay(self, chat_id: int) -> None:
        """Stops the replay."""
        self._http.delete(f"{self._url}/chats/{chat_id}/replay", timeout=10)

    def messages(self, chat_id: int, after: int) -> list[dict[str, Any]]:
        """Returns the messages of a group after message `after`."""
        response = self._http.get(f"{self._url}/chats/{chat_id}/messages", params={"after": after}, timeout=10)
        found: list[dict[str, Any]] = response.json()["messages"]
        return found

    def _post(self, path: str, body: dict[str, Any], field: str = "sandbox") -> None:
        try:
            response = self._http.post(self._url + path, json=body, timeout=30)
        except requests.RequestException as error:
            raise Unreachable(f"The Telegram sandbox does not answer ({type(error).__name__}).") from None
        if response.status_code >= 400:
            raise InvalidInput(field, str(response.json().get("error", response.status_code)))


def seed(settings: Settings, sessions: SessionFactory, fleet: DemoFleet) -> None:
    """Registers the cast in Chorus, by the same service that the admin's pages call."""
    vault = FernetVault(settings.encryption_keys.get_secret_value())
    telegram = BotApi(settings.telegram_url)
    seed_fleet(sessions, telegram, vault, fleet.as_fleet(), SystemClock(), shards=settings.shards)
