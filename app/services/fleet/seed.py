"""A whole fleet from one description, idempotently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import InvalidInput
from app.domain.ports import BotIdentity, Clock, Telegram, TokenVault
from app.queues import shard_of
from app.repositories.fleet import bots, chats, personas
from app.repositories.fleet.chats import ChatData
from app.services.fleet.bots import NewBot, first_turn, identify
from app.services.fleet.chats import NewChat
from app.services.fleet.checks import (
    check_budget,
    check_chat,
    check_chat_id,
    check_holdings,
    check_stances,
    check_token,
)
from app.services.fleet.personas import check_persona
from app.services.settings.values import write_settings


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """Bots, chats, memberships (the bot's Telegram user id, the chat's Telegram id), and settings by key.

    A bot's Telegram user id is the part of its token in front of the colon. Each chat needs a title.
    """

    bots: tuple[NewBot, ...] = ()
    chats: tuple[NewChat, ...] = ()
    memberships: tuple[tuple[int, int], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def seed_fleet(
    sessions: SessionFactory,
    telegram: Telegram,
    vault: TokenVault,
    spec: FleetSpec,
    clock: Clock,
    *,
    shards: int,
) -> None:
    """Brings the fleet to `spec`: creates what is missing, updates what differs, touches nothing else.

    Idempotent. Memberships are not verified; tokens are checked with getMe before anything is written. Raises
    InvalidInput naming the field.
    """
    checked = [_check_bot(telegram, vault, form) for form in spec.bots]
    chat_values = [_check_chat(form) for form in spec.chats]
    settings = write_settings(sessions, spec.settings, updated_by="seed", clock=clock)
    with sessions.begin() as session:
        for identity, ciphertext, form in checked:
            bot_id = _store_bot(session, identity, ciphertext, form)
            due_at = first_turn(clock, settings.tick_interval_s)
            bots.schedule_bot(session, bot_id, shard_of(bot_id, shards), due_at, settings.tick_interval_s)
        for values in chat_values:
            _store_chat(session, *values)
        _store_memberships(session, spec.memberships)


def _check_bot(telegram: Telegram, vault: TokenVault, form: NewBot) -> tuple[BotIdentity, str, NewBot]:
    token = check_token(form.token)
    checked = NewBot(
        token=token,
        persona=check_persona(form.persona),
        stances=check_stances(form.stances),
        holdings=check_holdings(form.holdings),
        daily_budget_usd=check_budget(form.daily_budget_usd),
    )
    return identify(telegram, token), vault.encrypt(token), checked


def _check_chat(form: NewChat) -> tuple[int, ChatData, str]:
    return check_chat_id(form.telegram_chat_id), check_chat(form.data), "enabled" if form.enabled else "new"


def _store_bot(session: Session, identity: BotIdentity, ciphertext: str, form: NewBot) -> int:
    bot_id = bots.upsert_bot(session, identity, ciphertext)
    personas.write_persona(session, bot_id, form.persona)
    personas.replace_stances(session, bot_id, form.stances)
    personas.replace_holdings(session, bot_id, form.holdings)
    bots.set_budget(session, bot_id, form.daily_budget_usd)
    return bot_id


def _store_chat(session: Session, telegram_chat_id: int, data: ChatData, status: str) -> None:
    known = chats.find_id_by_telegram_chat(session, telegram_chat_id)
    if known is None:
        chats.insert_chat(session, telegram_chat_id, data, status)
    else:
        chats.update_chat(session, known, data)
        chats.set_status(session, known, status, None)


def _store_memberships(session: Session, memberships: tuple[tuple[int, int], ...]) -> None:
    pairs: dict[tuple[int, int], None] = {}
    for telegram_user_id, telegram_chat_id in memberships:
        bot_id = bots.find_id_by_telegram_user(session, telegram_user_id)
        chat_id = chats.find_id_by_telegram_chat(session, telegram_chat_id)
        if bot_id is None or chat_id is None:
            raise InvalidInput(
                "memberships",
                f"({telegram_user_id}, {telegram_chat_id}) names a bot or a chat that is not in the fleet",
            )
        pairs[bot_id, chat_id] = None
    chats.add_memberships(session, list(pairs))
