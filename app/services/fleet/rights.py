"""A bot's rights in a group, and advice when they do not suffice."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.errors import TelegramError
from app.domain.ports import ChatInfo, MemberInfo, Telegram
from app.repositories.fleet.bots import BotRecord

ADMIN_STATES = frozenset({"administrator", "creator"})
WORDS = {"left": "no member", "kicked": "banned"}


@dataclass(frozen=True, slots=True)
class Advice:
    """A right that a bot lacks in a group, and what to change there."""

    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A bot's entry into a chat: the chat's title, whether the bot is an administrator, and sentences of advice."""

    title: str
    is_admin: bool
    advice: tuple[str, ...]


def read_entry(telegram: Telegram, token: str, bot: BotRecord, info: ChatInfo) -> Entry:
    """Reads the bot's rights in a chat from Telegram; without advice when Telegram is unavailable."""
    try:
        member = telegram.get_chat_member(token, info.telegram_chat_id, bot.telegram_user_id)
    except TelegramError:
        return Entry(info.title, False, ())
    found = advise(info, member, bot.reads_all_messages)
    advice = tuple(f"@{bot.username} {item.problem}. To change that, {item.fix}." for item in found)
    return Entry(info.title, member.status in ADMIN_STATES, advice)


def advise(info: ChatInfo, member: MemberInfo, reads_all_messages: bool) -> tuple[Advice, ...]:
    """Returns advice on the rights a bot lacks in a group, most important first."""
    is_admin = member.status in ADMIN_STATES
    found = []
    if not member.may_send:
        problem = f"may not write in {info.title}: it is {WORDS.get(member.status, member.status)} there"
        found.append(Advice(problem, "lift that in the group's list of members, or make it an administrator"))
    elif not is_admin and not info.members_may_send:
        problem = f"may not write in {info.title}: only administrators may"
        found.append(
            Advice(problem, "let members send messages in the group's permissions, or make it an administrator")
        )
    if not is_admin and not reads_all_messages:
        problem = f"sees only commands, mentions and replies to itself in {info.title}: its privacy mode is on"
        found.append(
            Advice(problem, "make it an administrator there, or disable /setprivacy at @BotFather and add it again")
        )
    return tuple(found)
