"""The Bot API over requests: pooled connections, timeouts on every call, no retries of its own."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from app.adapters.telegram.accounts import check_account
from app.adapters.telegram.errors import translate
from app.adapters.telegram.waits import read_wait
from app.domain.delivery.emoji import plain_emoji
from app.domain.delivery.markup import to_html
from app.domain.errors import NotConnected, OutcomeUnknown, RetryAfter, ServerError, TelegramError
from app.domain.ingest.numbers import read_id
from app.domain.json_text import parse_json, storable_json
from app.domain.ports import BotIdentity, ChatInfo, MemberInfo, WebhookInfo

CONNECT_TIMEOUT_S = 1.5
"""A text is claimed before it connects: with a longer timeout it could be sent more than 2 s after a kill switch."""

READ_TIMEOUT_S = 10.0

MAY_HAVE_PASSED = frozenset({403, 408, 451, 499})
"""Refusals that an intermediary may also give after it passed the request on: by content filters, and by timeouts."""


class BotApi:
    """Client of the Bot API server at `base_url`. One instance serves all bots and threads of a process.

    `proxy` is the URL of an HTTP proxy for the calls.
    """

    def __init__(self, base_url: str, pool_size: int = 16, proxy: str | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._pool_size = pool_size
        self._local = threading.local()

    def get_me(self, token: str) -> BotIdentity:
        """Returns the bot that the token belongs to. Raises AnotherAccount when the answer is about another one."""
        user = self._call(token, "getMe")
        try:
            identity = BotIdentity(
                telegram_user_id=read_id(user["id"]),
                username=str(user["username"]),
                display_name=str(user["first_name"]),
                reads_all_messages=bool(user.get("can_read_all_group_messages")),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ServerError("Telegram's answer to getMe does not describe a bot.") from None
        check_account(token, user)
        return identity

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        """Returns title and type of a chat the bot is in."""
        chat = self._call(token, "getChat", chat_id=telegram_chat_id)
        try:
            may_send = (chat.get("permissions") or {}).get("can_send_messages", True)
            return ChatInfo(read_id(chat["id"]), str(chat.get("title", "")), str(chat["type"]), bool(may_send))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ServerError("Telegram's answer to getChat does not describe a chat.") from None

    def get_chat_member(self, token: str, telegram_chat_id: int, telegram_user_id: int) -> MemberInfo:
        """Returns an account's membership of a chat: https://core.telegram.org/bots/api#getchatmember"""
        member = self._call(token, "getChatMember", chat_id=telegram_chat_id, user_id=telegram_user_id)
        try:
            status = str(member["status"])
            muted = status == "restricted" and not member.get("can_send_messages")
            return MemberInfo(status, status not in {"left", "kicked"} and not muted)
        except (KeyError, TypeError, AttributeError):
            raise ServerError("Telegram's answer to getChatMember does not describe a member.") from None

    def send_typing(self, token: str, telegram_chat_id: int) -> None:
        """Shows "… is typing" for 5 seconds: https://core.telegram.org/bots/api#sendchataction"""
        self._call(token, "sendChatAction", chat_id=telegram_chat_id, action="typing")

    def send_message(
        self, token: str, telegram_chat_id: int, text: str, reply_to: int | None = None, thread_id: int | None = None
    ) -> int:
        """Sends plain text and returns the new message's id.

        Uses HTML parse mode with everything escaped, so that no character is markup. If the message to reply to was
        deleted, the text is sent without the reply. The only call that must not be repeated: whatever does not prove
        that it was refused raises OutcomeUnknown.
        """
        params: dict[str, Any] = {"chat_id": telegram_chat_id, "text": to_html(text), "parse_mode": "HTML"}
        if reply_to is not None:
            params["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
        if thread_id is not None:
            params["message_thread_id"] = thread_id
        try:
            message = self._call(token, "sendMessage", **params)
        except ServerError as error:
            raise OutcomeUnknown(str(error), answered=True) from None
        try:
            return _message_id(message)
        except (KeyError, TypeError, ValueError):
            raise OutcomeUnknown("Telegram took the message and did not say its id.", answered=True) from None

    def set_webhook(self, token: str, url: str, secret: str, allowed_updates: Sequence[str]) -> None:
        """Sets the bot's webhook to `url`: https://core.telegram.org/bots/api#setwebhook"""
        self._call(token, "setWebhook", url=url, secret_token=secret, allowed_updates=list(allowed_updates))

    def delete_webhook(self, token: str) -> None:
        """Deletes the webhook, to return to getUpdates; pending updates are kept."""
        self._call(token, "deleteWebhook", drop_pending_updates=False)

    def get_webhook_info(self, token: str) -> WebhookInfo:
        """Returns the bot's webhook URL and its delivery status."""
        info = self._call(token, "getWebhookInfo")
        try:
            last_error = info.get("last_error_message")
            return WebhookInfo(str(info["url"]), read_id(info["pending_update_count"]), last_error and str(last_error))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ServerError("Telegram's answer to getWebhookInfo does not describe a webhook.") from None

    def set_reaction(self, token: str, telegram_chat_id: int, message_id: int, emoji: str) -> None:
        """Sets the bot's reaction to a message: https://core.telegram.org/bots/api#setmessagereaction"""
        reaction = [{"type": "emoji", "emoji": plain_emoji(emoji)}]
        self._call(token, "setMessageReaction", chat_id=telegram_chat_id, message_id=message_id, reaction=reaction)

    def set_commands(self, token: str, commands: Mapping[str, str], language: str = "") -> None:
        """Sets the bot's command menu: https://core.telegram.org/bots/api#setmycommands"""
        listed = [{"command": name, "description": text} for name, text in commands.items()]
        self._call(token, "setMyCommands", commands=listed, language_code=language)

    def _call(self, token: str, method: str, **params: Any) -> Any:
        """Makes one call and returns its result.

        Raises NotConnected when nothing was sent, OutcomeUnknown when no answer came, else the error of the answer. The
        URL holds the token, so no text of a lower error is passed on, and no redirect is followed.
        """
        url, timeout = f"{self._base_url}/bot{token}/{method}", (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        try:
            response = self._session().post(url, json=params, timeout=timeout, allow_redirects=False)
        except requests.exceptions.ConnectTimeout:
            raise NotConnected("Telegram cannot be reached: the connection timed out.") from None
        except requests.exceptions.ConnectionError as error:
            raise _connection_error(error) from None
        except requests.exceptions.RequestException as error:
            raise OutcomeUnknown(f"No answer from Telegram: {type(error).__name__}.") from None
        return _result(response)

    def _session(self) -> requests.Session:
        """Returns this thread's session: requests does not guarantee that sessions are thread-safe."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.proxies.update(self._proxies)
            adapter = HTTPAdapter(pool_connections=4, pool_maxsize=self._pool_size, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            self._local.session = session
        return session


def _message_id(message: Any) -> int:
    number = read_id(message["message_id"])
    if number <= 0:
        raise ValueError("no message has this id")
    return number


def _connection_error(error: requests.exceptions.ConnectionError) -> NotConnected | OutcomeUnknown:
    """Classifies an error: a refused connection sent nothing; a reset or broken pipe may follow an accepted request.

    Failures while connecting through a proxy (a ProxyError, or a refused tunnel) sent nothing.
    """
    cause = type(getattr(error.args[0] if error.args else None, "reason", None)).__name__
    if "Tunnel connection failed" in str(error) or cause in {
        "NewConnectionError",
        "NameResolutionError",
        "ConnectTimeoutError",
        "ProxyError",
    }:
        return NotConnected("Telegram cannot be reached: no connection could be made.")
    return OutcomeUnknown("The connection to Telegram broke before the answer came.")


def _result(response: requests.Response) -> Any:
    """Returns the result of a call or raises its error. Texts come mended, ready to be stored."""
    try:
        body = storable_json(parse_json(response.content))
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        raise _foreign(response)
    if response.status_code == 200 and body["ok"]:
        return body.get("result")
    raise translate(response.status_code, body)


def _foreign(response: requests.Response) -> TelegramError:
    """Returns the error of an answer that is not the Bot API's, as of a proxy. Most of its refusals (4xx) never reached
    Telegram; anything else may have.
    """
    status = response.status_code
    if status == 429:
        return RetryAfter(read_wait(status, {"retry_after": response.headers.get("Retry-After")}, "") or 1.0)
    text = f"{status} with something that is not the Bot API's JSON: check TELEGRAM_URL."
    refused = 300 <= status < 500 and status not in MAY_HAVE_PASSED
    return NotConnected(f"Refused: {text}") if refused else ServerError(f"Telegram answered {text}")
