"""Speaking as a person in a rehearsal: a client of the control API that a Telegram sandbox offers."""

from __future__ import annotations

import requests

from app.domain.errors import InvalidInput, Unreachable

TIMEOUT_S = 5.0


class Rehearsal:
    """Posts messages of made-up people into chats of a sandbox. Real Telegram has no such door."""

    def __init__(self, base_url: str) -> None:
        """`base_url` is the control URL, as http://127.0.0.1:8082."""
        self._base_url = base_url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False

    def speak(self, telegram_chat_id: int, name: str, text: str, reply_to: int | None = None) -> int:
        """Says `text` as the person `name` and returns the message's Telegram id.

        Raises InvalidInput when the sandbox refuses it, Unreachable when it does not answer within 5 seconds.
        """
        body: dict[str, object] = {"from": {"first_name": name}, "text": text}
        if reply_to is not None:
            body["reply_to_message_id"] = reply_to
        url = f"{self._base_url}/chats/{telegram_chat_id}/messages"
        try:
            response = self._http.post(url, json=body, timeout=TIMEOUT_S)
            answer = response.json()
        except (requests.RequestException, ValueError):
            raise Unreachable("The Telegram sandbox does not answer; is it still running? See REHEARSAL_URL.") from None
        if not response.ok:
            reason = answer.get("error") if isinstance(answer, dict) else None
            raise InvalidInput("text", f"the sandbox refused it: {reason or response.status_code}")
        message = answer.get("result", answer) if isinstance(answer, dict) else {}
        return int(message.get("message_id", 0))
