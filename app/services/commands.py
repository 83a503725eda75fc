"""Commands for the fleet: carried out as they are heard, and answered by code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from app.domain.analysis.commands import Order
from app.domain.command_texts import render_answer
from app.domain.updates import SPEAK_FOR_PEOPLE
from app.repositories import command_answers, forgetting, mutes, profiles
from app.repositories.command_answers import NewAnswer
from app.repositories.heard import KnownChat
from app.repositories.profiles import parse_row

ANSWER_EVERY_S = 3.0
"""A person gets no more answers to commands in one chat; what they order is done all the same."""

NAMELESS = "nameless"
"""What is answered to who writes in the name of a group or a channel: many share that account."""

OPEN_TO_ALL = frozenset({"about", "help"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Given:
    """An order that somebody gave in a stored message; `telegram_user_id` is theirs."""

    order: Order
    message_id: int
    telegram_user_id: int
    said_at: dt.datetime
    chat: KnownChat
    ear: int | None


@dataclass(frozen=True, slots=True)
class Obeyed:
    """How many answers are on their way, and whether somebody was forgotten."""

    answers: int = 0
    forgot: bool = False


def obey(session: Session, orders: Sequence[Given], now: dt.datetime, operator: str = "") -> Obeyed:
    """Carries out orders in the order in which they were given, and puts the answers into the outbox.

    Muted means left alone: the bot does not answer, name or pick the person, even when they call it, until they say
    /unmute; other people's conversations with it go on. Commands of a muted person are still answered, or they could
    not come back. Who is forgotten loses the past only; see app/repositories/forgetting.py.
    """
    given = [_take(one) for one in orders]
    for one in given:
        _carry_out(session, one, now)
        log.info("command", word=one.order.word, chat=one.chat.id)
    answers = _compose(session, given, operator)
    sent = command_answers.insert(session, answers, now, ANSWER_EVERY_S) if answers else 0
    return Obeyed(sent, any(one.order.word == "forgetme" for one in given))


def _take(given: Given) -> Given:
    """The order, unless it is about its giver and nobody can tell who that is."""
    if given.telegram_user_id in SPEAK_FOR_PEOPLE and given.order.word not in OPEN_TO_ALL:
        return replace(given, order=replace(given.order, word=NAMELESS))
    return given


def _carry_out(session: Session, given: Given, now: dt.datetime) -> None:
    word, bot_id = given.order.word, given.order.bot_id
    if word == "mute":
        mutes.mute(session, given.message_id, bot_id, now)
    elif word == "unmute":
        mutes.unmute(session, given.message_id, bot_id, now)
    elif word == "forgetme":
        forgetting.forget_author(session, given.message_id, given.said_at, now)


def _compose(session: Session, given: Sequence[Given], operator: str) -> list[NewAnswer]:
    """An answer to each person's last order in each chat, by a bot that may speak there; none where no bot may."""
    last = {(one.chat.id, one.telegram_user_id): one for one in given}
    speakers: Mapping[int, int] = {
        one.message_id: bot_id for one in last.values() if (bot_id := _choose_speaker(one)) is not None
    }
    if not speakers:
        return []
    bots = {row["bot_id"]: parse_row(row) for row in profiles.load_rows(session, set(speakers.values()))}
    return [
        NewAnswer(bot.bot_id, one.message_id, render_answer(one.order, one.chat.language, bot, operator))
        for one in last.values()
        if (bot := bots.get(speakers.get(one.message_id, 0))) is not None
    ]


def _choose_speaker(given: Given) -> int | None:
    """The bot that was named; else the ear, so that one answers for all, or another one where the ear may not write."""
    speakers = [bot.bot_id for bot in given.chat.bots if bot.bot_id in given.chat.speakers]
    if given.order.bot_id is not None:
        return given.order.bot_id if given.order.bot_id in speakers else None
    return given.ear if given.ear in speakers else next(iter(speakers), None)
