"""Bots: adding, changing, pausing."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from app.db import SessionFactory
from app.domain.errors import AnotherAccount, BadRequest, InvalidInput, NotFound, TelegramError, Unauthorized
from app.domain.fleet.accounts import OTHER_ACCOUNT, PROBLEM_KINDS
from app.domain.people.command_texts import list_menus
from app.domain.ports import BotIdentity, Clock, Telegram, TokenVault
from app.queues import shard_of
from app.repositories.fleet import bot_problems, bots, chats, personas
from app.repositories.fleet.bots import BotRecord
from app.repositories.fleet.chats import MemberRecord
from app.repositories.fleet.personas import HoldingData, PersonaData, StanceData
from app.repositories.paging import Cursor, Page
from app.services.fleet.checks import check_budget, check_holdings, check_stances, check_token
from app.services.fleet.personas import check_persona
from app.services.settings.values import load_settings

log = structlog.get_logger()

BOT_STATUSES = ("active", "paused", "broken")
PRIVACY_ADVICE = (
    "Privacy mode is on: this bot sees only commands, mentions and replies to itself. To let it follow the "
    "conversation, send /setprivacy to @BotFather, choose the bot and Disable, then remove the bot from each group "
    "and add it again."
)


@dataclass(frozen=True, slots=True)
class NewBot:
    """A bot to add. Without a budget of its own it has the one of the settings; 0 is no limit."""

    token: str = field(repr=False)
    persona: PersonaData
    stances: tuple[StanceData, ...] = ()
    holdings: tuple[HoldingData, ...] = ()
    daily_budget_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BotView:
    """A bot with everything an operator may see of it; `warnings` are sentences to show."""

    bot: BotRecord
    persona: PersonaData
    persona_version: int
    stances: Sequence[StanceData]
    holdings: Sequence[HoldingData]
    memberships: Sequence[MemberRecord]
    warnings: tuple[str, ...]


def create_bot(
    sessions: SessionFactory,
    telegram: Telegram,
    vault: TokenVault,
    form: NewBot,
    *,
    clock: Clock,
    shards: int,
) -> BotView:
    """Adds a bot after Telegram confirmed its token; its first tick comes within one tick interval.

    Raises InvalidInput naming the field: the token is malformed, unknown to Telegram or already in the fleet; the
    persona or the budget is empty or out of range.
    """
    token = check_token(form.token)
    persona = check_persona(form.persona)
    stances, holdings = check_stances(form.stances), check_holdings(form.holdings)
    budget_usd = check_budget(form.daily_budget_usd)
    identity = identify(telegram, token)
    ciphertext = vault.encrypt(token)
    interval_s = load_settings(sessions).tick_interval_s
    with sessions.begin() as session:
        bot_id = bots.insert_bot(session, identity, ciphertext)
        if bot_id is None:
            raise InvalidInput("token", f"@{identity.username} is already in the fleet; edit that bot instead")
        personas.write_persona(session, bot_id, persona)
        personas.replace_stances(session, bot_id, stances)
        personas.replace_holdings(session, bot_id, holdings)
        bots.set_budget(session, bot_id, budget_usd)
        bots.schedule_bot(session, bot_id, shard_of(bot_id, shards), first_turn(clock, interval_s), interval_s)
    offer_commands(telegram, token)
    return get_bot(sessions, bot_id)


def offer_commands(telegram: Telegram, token: str) -> None:
    """Sets the bot's command menu in Telegram in every language; without it the commands work all the same."""
    try:
        for language, commands in list_menus().items():
            telegram.set_commands(token, commands, language)
    except TelegramError as error:
        log.warning("commands_not_offered", error=str(error))


def identify(telegram: Telegram, token: str) -> BotIdentity:
    """Returns the account of the token. Raises InvalidInput naming `token` when getMe fails or tells of another one."""
    try:
        return telegram.get_me(token)
    except AnotherAccount as error:
        raise InvalidInput("token", f"cannot be used. {error}") from None
    except (Unauthorized, BadRequest):
        raise InvalidInput(
            "token", "Telegram does not know this token (401): it was revoked or mistyped; ask @BotFather for a new one"
        ) from None
    except TelegramError as error:
        raise InvalidInput("token", f"could not be checked with Telegram, try again: {error}") from None


def first_turn(clock: Clock, interval_s: float) -> dt.datetime:
    """Returns a random instant within the first interval, so that bots added together do not speak together."""
    return clock.now() + dt.timedelta(seconds=random.uniform(0, interval_s))


def list_bots(
    sessions: SessionFactory, search: str = "", status: str | None = None, cursor: Cursor | None = None
) -> Page[BotRecord]:
    """Returns a page of bots by id whose name contains `search`, an @ ignored. Raises InvalidInput naming `status`."""
    if status and status not in BOT_STATUSES:
        raise InvalidInput("status", f"must be one of {', '.join(BOT_STATUSES)}")
    with sessions() as session:
        return bots.list_bots(session, search.strip().removeprefix("@"), status, cursor or Cursor())


def get_bot(sessions: SessionFactory, bot_id: int) -> BotView:
    """One bot with all that belongs to it. Raises NotFound."""
    with sessions() as session:
        bot = bots.find_bot(session, bot_id)
        persona = personas.find_persona(session, bot_id)
        if bot is None or persona is None:
            raise NotFound(f"There is no bot {bot_id}.")
        return BotView(
            bot=bot,
            persona=persona[0],
            persona_version=persona[1],
            stances=personas.list_stances(session, bot_id),
            holdings=personas.list_holdings(session, bot_id),
            memberships=chats.list_memberships(session, bot_id=bot_id),
            warnings=() if bot.reads_all_messages else (PRIVACY_ADVICE,),
        )


def update_bot(
    sessions: SessionFactory,
    bot_id: int,
    persona: PersonaData | None = None,
    stances: Sequence[StanceData] | None = None,
    holdings: Sequence[HoldingData] | None = None,
) -> BotView:
    """Changes the given fields only. Raises InvalidInput naming the field, or NotFound."""
    new_persona = check_persona(persona) if persona is not None else None
    new_stances = check_stances(stances) if stances is not None else None
    new_holdings = check_holdings(holdings) if holdings is not None else None
    get_bot(sessions, bot_id)
    with sessions.begin() as session:
        if new_persona is not None:
            personas.write_persona(session, bot_id, new_persona)
        if new_stances is not None:
            personas.replace_stances(session, bot_id, new_stances)
        if new_holdings is not None:
            personas.replace_holdings(session, bot_id, new_holdings)
    return get_bot(sessions, bot_id)


def set_bot_budget(sessions: SessionFactory, bot_id: int, budget_usd: Decimal | None) -> BotView:
    """Sets what the bot may cost in a UTC day; None is the setting's default, 0 no limit.

    Raises InvalidInput naming `daily_budget_usd`, or NotFound.
    """
    checked = check_budget(budget_usd)
    with sessions.begin() as session:
        if not bots.set_budget(session, bot_id, checked):
            raise NotFound(f"There is no bot {bot_id}.")
    return get_bot(sessions, bot_id)


def pause_bot(sessions: SessionFactory, bot_id: int, reason: str) -> None:
    """Keeps a bot silent until it is resumed; `reason` is shown to the next operator. Raises NotFound."""
    _set_status(sessions, bot_id, "paused", reason.strip()[:200] or None)


def resume_bot(sessions: SessionFactory, bot_id: int) -> None:
    """Lets a paused or broken bot speak again. Raises NotFound."""
    _set_status(sessions, bot_id, "active", None)


def recheck_bot(sessions: SessionFactory, telegram: Telegram, vault: TokenVault, bot_id: int) -> BotView:
    """Reads the bot's names and privacy mode from Telegram again, and sets its command menu.

    Raises InvalidInput naming `token`, or NotFound.
    """
    with sessions() as session:
        ciphertext = bots.token_of(session, bot_id)
    if ciphertext is None:
        raise NotFound(f"There is no bot {bot_id}.")
    token = vault.decrypt(ciphertext)
    identity = identify(telegram, token)
    with sessions.begin() as session:
        bots.upsert_bot(session, identity, ciphertext)
        bot_problems.clear(session, bot_id, OTHER_ACCOUNT)
    offer_commands(telegram, token)
    return get_bot(sessions, bot_id)


def replace_token(sessions: SessionFactory, telegram: Telegram, vault: TokenVault, bot_id: int, token: str) -> BotView:
    """Stores a new token of the same Telegram account and reactivates the bot if it was broken.

    Raises InvalidInput naming `token`, or NotFound.
    """
    known = get_bot(sessions, bot_id).bot
    identity = identify(telegram, check_token(token))
    if identity.telegram_user_id != known.telegram_user_id:
        raise InvalidInput(
            "token", f"belongs to @{identity.username}, not to @{known.username}; use this bot's own token"
        )
    ciphertext = vault.encrypt(token.strip())
    with sessions.begin() as session:
        bots.upsert_bot(session, identity, ciphertext)
        bot_problems.clear(session, bot_id, PROBLEM_KINDS)
        if known.status == "broken":
            bots.set_status(session, bot_id, "active", None)
    return get_bot(sessions, bot_id)


def _set_status(sessions: SessionFactory, bot_id: int, status: str, reason: str | None) -> None:
    with sessions.begin() as session:
        if not bots.set_status(session, bot_id, status, reason):
            raise NotFound(f"There is no bot {bot_id}.")
