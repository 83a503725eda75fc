"""Chats: adding, enabling, memberships of bots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidInput,
    NotFound,
    TelegramError,
    Unauthorized,
)
from app.domain.ports import Telegram, TokenVault
from app.repositories.fleet import bots, chats
from app.repositories.fleet.chats import ChatData, ChatRecord, MemberRecord
from app.repositories.lanes import insights
from app.repositories.lanes.insights import InsightRecord
from app.repositories.paging import Cursor, Page
from app.services.fleet.checks import check_chat, check_chat_id
from app.services.fleet.rights import Entry, read_entry

CHAT_STATUSES = ("enabled", "paused", "new")
INSIGHTS = 12


@dataclass(frozen=True, slots=True)
class NewChat:
    """A chat to add. `title` may be empty when `bot_ids` names a bot that is in it and can read the title."""

    telegram_chat_id: str | int
    title: str = ""
    language: str = "en"
    topics: tuple[str, ...] = ()
    bot_ids: tuple[int, ...] = ()
    enabled: bool = False
    shares_requests: bool = True
    daily_budget_usd: Decimal | None = None
    timezone: str = "UTC"
    quiet: tuple[str, ...] = ()

    @property
    def data(self) -> ChatData:
        """What is stored of it besides its id and its bots."""
        return ChatData(
            title=self.title,
            language=self.language,
            topics=self.topics,
            shares_requests=self.shares_requests,
            daily_budget_usd=self.daily_budget_usd,
            timezone=self.timezone,
            quiet=self.quiet,
        )


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A chat, the bots in it, and its newest insights.

    `warnings` are sentences to show after bots were added to it.
    """

    chat: ChatRecord
    members: Sequence[MemberRecord]
    insights: Sequence[InsightRecord] = ()
    warnings: tuple[str, ...] = ()


def create_chat(sessions: SessionFactory, telegram: Telegram, vault: TokenVault, form: NewChat) -> ChatPage:
    """Adds a supergroup with the bots that are in it; bots speak there once it is enabled.

    Each bot is checked with getChat and getChatMember. Raises InvalidInput naming `telegram_chat_id` (malformed, a
    basic group, known already), `bot_ids` (not in the group), `title` (empty, and no bot could tell) or another one.
    """
    telegram_chat_id = check_chat_id(form.telegram_chat_id)
    check_chat(replace(form.data, title=form.title or "?"))
    bot_ids = tuple(dict.fromkeys(form.bot_ids))
    found = [look_up(sessions, telegram, vault, bot_id, telegram_chat_id) for bot_id in bot_ids]
    title = form.title or next((entry.title for entry in found if entry), "")
    data = check_chat(replace(form.data, title=title))
    with sessions.begin() as session:
        status = "enabled" if form.enabled else "new"
        chat_id = chats.insert_chat(session, telegram_chat_id, data, status)
        if chat_id is None:
            raise InvalidInput("telegram_chat_id", f"{telegram_chat_id} is known already; edit that chat instead")
        _store_members(session, chat_id, dict(zip(bot_ids, found, strict=True)))
    advice = tuple(line for entry in found if entry for line in entry.advice)
    return replace(get_chat(sessions, chat_id), warnings=advice)


def look_up(
    sessions: SessionFactory, telegram: Telegram, vault: TokenVault, bot_id: int, telegram_chat_id: int
) -> Entry | None:
    """Returns the chat and the bot's rights there as Telegram reports them, or None when Telegram is unavailable.

    Raises InvalidInput naming `bot_ids` when the bot is unknown or not in the chat, and `telegram_chat_id` when the
    chat is not a supergroup.
    """
    with sessions() as session:
        bot, ciphertext = bots.find_bot(session, bot_id), bots.token_of(session, bot_id)
    if bot is None or ciphertext is None:
        raise InvalidInput("bot_ids", f"there is no bot {bot_id}; reload the page and choose again")
    token = vault.decrypt(ciphertext)
    try:
        info = telegram.get_chat(token, telegram_chat_id)
    except ChatMigrated as error:
        raise InvalidInput(
            "telegram_chat_id", f"the group is now a supergroup; use its new id {error.new_chat_id}"
        ) from None
    except (Forbidden, BadRequest):
        raise InvalidInput("bot_ids", f"@{bot.username} is not in this group; add it there in Telegram first") from None
    except Unauthorized:
        raise InvalidInput(
            "bot_ids", f"the token of @{bot.username} was revoked; give it a new one on its page"
        ) from None
    except TelegramError:
        return None
    if info.type != "supergroup":
        raise InvalidInput("telegram_chat_id", f"is a {info.type}; only supergroups can be used, so convert it first")
    return read_entry(telegram, token, bot, info)


def list_chats(
    sessions: SessionFactory, search: str = "", status: str | None = None, cursor: Cursor | None = None
) -> Page[ChatRecord]:
    """One page of chats by id. Raises InvalidInput naming `status`."""
    if status and status not in CHAT_STATUSES:
        raise InvalidInput("status", f"must be one of {', '.join(CHAT_STATUSES)}")
    with sessions() as session:
        return chats.list_chats(session, search.strip(), status, cursor or Cursor())


def get_chat(sessions: SessionFactory, chat_id: int) -> ChatPage:
    """One chat, its members and its newest insights. Raises NotFound."""
    with sessions() as session:
        chat = chats.find_chat(session, chat_id)
        if chat is None:
            raise NotFound(f"There is no chat {chat_id}.")
        members = chats.list_memberships(session, chat_id=chat_id)
        return ChatPage(chat, members, insights.list_of_chat(session, chat_id, INSIGHTS))


def update_chat(sessions: SessionFactory, chat_id: int, data: ChatData) -> ChatPage:
    """Replaces an operator's data of a chat. Raises InvalidInput naming the field, or NotFound."""
    checked = check_chat(data)
    with sessions.begin() as session:
        if not chats.update_chat(session, chat_id, checked):
            raise NotFound(f"There is no chat {chat_id}.")
    return get_chat(sessions, chat_id)


def enable_chat(sessions: SessionFactory, chat_id: int) -> None:
    """Lets bots speak in the chat. Raises NotFound."""
    _set_status(sessions, chat_id, "enabled", None)


def pause_chat(sessions: SessionFactory, chat_id: int, reason: str) -> None:
    """Keeps all bots silent in the chat; `reason` is shown to the next operator. Raises NotFound."""
    _set_status(sessions, chat_id, "paused", reason.strip()[:200] or None)


def add_member(
    sessions: SessionFactory, telegram: Telegram, vault: TokenVault, chat_id: int, bot_id: int
) -> tuple[str, ...]:
    """Lets a bot speak in a chat that it is in on Telegram; returns advice on its rights there.

    Raises InvalidInput naming `bot_ids`, or NotFound.
    """
    chat = get_chat(sessions, chat_id).chat
    entry = look_up(sessions, telegram, vault, bot_id, chat.telegram_chat_id)
    with sessions.begin() as session:
        _store_members(session, chat_id, {bot_id: entry})
    return entry.advice if entry else ()


def _store_members(session: Session, chat_id: int, entries: Mapping[int, Entry | None]) -> None:
    chats.add_memberships(session, [(bot_id, chat_id) for bot_id in entries])
    for bot_id, entry in entries.items():
        if entry:
            chats.set_admin(session, bot_id, chat_id, entry.is_admin)


def remove_member(sessions: SessionFactory, chat_id: int, bot_id: int) -> None:
    """Removes a bot from the chat's members here; on Telegram it stays in the chat."""
    with sessions.begin() as session:
        chats.remove_memberships(session, [(bot_id, chat_id)])


def list_candidates(sessions: SessionFactory, chat_id: int, search: str = "") -> Sequence[tuple[int, str, str]]:
    """Id, username and display name of up to 50 bots that are not in the chat."""
    with sessions() as session:
        return chats.bots_outside(session, chat_id, search.strip())


def _set_status(sessions: SessionFactory, chat_id: int, status: str, reason: str | None) -> None:
    with sessions.begin() as session:
        if not chats.set_status(session, chat_id, status, reason):
            raise NotFound(f"There is no chat {chat_id}.")
