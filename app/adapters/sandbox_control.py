"""Client of the control API of the Telegram sandbox."""

from __future__ import annotations

import zlib

import requests

from app.domain.errors import InvalidInput, Unreachable
from app.domain.json_text import parse_json

TIMEOUT_S = 5.0


FIRST_PERSON_ID = 7_000_000_000


def person_id(name: str) -> int:
    """Returns the Telegram user id of a simulated person, derived from the name."""
    return FIRST_PERSON_ID + zlib.crc32(name.encode())


class SandboxControl:
    """Posts messages of simulated people into chats of a sandbox. Real Telegram has no such API."""

    def __init__(self, base_url: str) -> None:
        """`base_url` is the control URL, as http://127.0.0.1:8082."""
        self._base_url = base_url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False

    def speak(self, telegram_chat_id: int, name: str, text: str, reply_to: int | None = None) -> int:
        """Posts `text` as the person `name` and returns the message's Telegram id.

        Raises InvalidInput when the sandbox refuses it, Unreachable when it does not answer within 5 seconds.
        """
        person = {"id": person_id(name), "first_name": name}
        body: dict[str, object] = {"from": person, "text": text}
        if reply_to is not None:
            body["reply_to_message_id"] = reply_to
        url = f"{self._base_url}/chats/{telegram_chat_id}/messages"
        try:
            response = self._http.post(url, json=body, timeout=TIMEOUT_S)
            answer = parse_json(response.content)
        except (requests.RequestException, ValueError):
            raise Unreachable(
                "The Telegram sandbox does not answer; is it still running? See SANDBOX_CONTROL_URL."
            ) from None
        if not response.ok:
            reason = answer.get("error") if isinstance(answer, dict) else None
            raise InvalidInput("text", f"the sandbox refused it: {reason or response.status_code}")
        message = answer.get("result", answer) if isinstance(answer, dict) else {}
        return int(message.get("message_id", 0))
