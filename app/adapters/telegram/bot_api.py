"""The Bot API over requests: kept connections, deadlines on every call, no retries of its own."""

from __future__ import annotations

import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from app.adapters.telegram.errors import translate
from app.domain.errors import NotConnected, OutcomeUnknown, ServerError
from app.domain.ports import BotIdentity, ChatInfo

CONNECT_TIMEOUT_S = 3.05
READ_TIMEOUT_S = 10.0


class BotApi:
    """Calls methods of the Bot API server at `base_url`. One instance serves all bots and threads of a process."""

    def __init__(self, base_url: str, pool_size: int = 16) -> None:
        self._base_url = base_url.rstrip("/")
        self._pool_size = pool_size
        self._local = threading.local()

    def get_me(self, token: str) -> BotIdentity:
        """Who the token belongs to."""
        user = self._call(token, "getMe")
        try:
            return BotIdentity(
                telegram_user_id=user["id"],
                username=user["username"],
                display_name=user["first_name"],
                reads_all_messages=bool(user.get("can_read_all_group_messages")),
            )
        except (KeyError, TypeError, AttributeError):
            raise ServerError("Telegram's answer to getMe does not describe a bot.") from None

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        """Title and type of a chat the bot is in."""
        chat = self._call(token, "getChat", chat_id=telegram_chat_id)
        try:
            return ChatInfo(chat["id"], chat.get("title", ""), chat["type"])
        except (KeyError, TypeError, AttributeError):
            raise ServerError("Telegram's answer to getChat does not describe a chat.") from None

    def send_typing(self, token: str, telegram_chat_id: int) -> None:
        """Shows "… is typing" for 5 seconds: https://core.telegram.org/bots/api#sendchataction"""
        self._call(token, "sendChatAction", chat_id=telegram_chat_id, action="typing")

    def send_message(
        self, token: str, telegram_chat_id: int, text: str, reply_to: int | None = None, thread_id: int | None = None
    ) -> int:
        """Sends plain text and returns the new message's id.

        A message that is answered may be gone by now: the text is then sent without the reply.
        """
        params: dict[str, Any] = {"chat_id": telegram_chat_id, "text": text}
        if reply_to is not None:
            params["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
        if thread_id is not None:
            params["message_thread_id"] = thread_id
        message = self._call(token, "sendMessage", **params)
        try:
            return int(message["message_id"])
        except (KeyError, TypeError, ValueError):
            raise OutcomeUnknown("Telegram took the message and did not say its id.") from None

    def _call(self, token: str, method: str, **params: Any) -> Any:
        """The result of one call.

        Raises NotConnected when nothing was sent, OutcomeUnknown when the answer did not come, else what the answer
        says. The URL holds the token, so no text of a lower error is passed on.
        """
        url = f"{self._base_url}/bot{token}/{method}"
        try:
            response = self._session().post(url, json=params, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S))
        except requests.exceptions.ConnectTimeout:
            raise NotConnected("Telegram cannot be reached: the connection timed out.") from None
        except requests.exceptions.ConnectionError as error:
            raise _connection_error(error) from None
        except requests.exceptions.RequestException as error:
            raise OutcomeUnknown(f"No answer from Telegram: {type(error).__name__}.") from None
        return _result(response)

    def _session(self) -> requests.Session:
        """This thread's session: requests does not promise that one may be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            adapter = HTTPAdapter(pool_connections=4, pool_maxsize=self._pool_size, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            self._local.session = session
        return session


def _connection_error(error: requests.exceptions.ConnectionError) -> NotConnected | OutcomeUnknown:
    """A refused connection sent nothing; a reset or a broken pipe may come after the request was taken."""
    cause = type(getattr(error.args[0] if error.args else None, "reason", None)).__name__
    if cause in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}:
        return NotConnected("Telegram cannot be reached: no connection could be made.")
    return OutcomeUnknown("The connection to Telegram broke before the answer came.")


def _result(response: requests.Response) -> Any:
    try:
        body = response.json()
    except ValueError:
        if response.ok or response.status_code >= 500:
            raise OutcomeUnknown(f"Telegram answered {response.status_code} without JSON.") from None
        raise ServerError(f"Telegram answered {response.status_code} without JSON.") from None
    if response.status_code == 200 and isinstance(body, dict) and body.get("ok"):
        return body.get("result")
    raise translate(response.status_code, body)
