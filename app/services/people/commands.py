"""Fleet commands: executed on receipt, answered by code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from app.domain.analysis.commands import FleetCommand
from app.domain.people.command_texts import render_answer
from app.repositories.fleet import profiles
from app.repositories.fleet.profiles import parse_row
from app.repositories.ingest.store import KnownChat
from app.repositories.people import forget_requests, mutes
from app.repositories.utterances.answers import COMMAND, NewAnswer, insert_answers
from app.services.utterances.life import log_step, log_steps

ANSWER_EVERY_S = 3.0
"""Minimum seconds between answers to one person's commands in a chat; the commands are executed all the same."""

NAMELESS = "nameless"
"""The answer to authors who write as their group: all its anonymous admins share that name."""

OPEN_TO_ALL = frozenset({"about", "help"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command in a stored message; `telegram_user_id` is its author, nobody in particular if `is_shared`."""

    command: FleetCommand
    message_id: int
    telegram_user_id: int
    said_at: dt.datetime
    chat: KnownChat
    leader: int | None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The number of queued answers, and whether somebody asked to be forgotten."""

    answers: int = 0
    forgot: bool = False


def execute(session: Session, calls: Sequence[CommandCall], now: dt.datetime, operator: str = "") -> CommandResult:
    """Executes commands in order, and puts the answers into the outbox.

    Muted means that the bot does not answer, name or pick the person, even when called, until they send /unmute; other
    people's conversations with it go on. Commands of a muted person are still answered, or they could not unmute. Who
    asks to be forgotten is hidden from prompts at once; a separate job deletes the past, and only the past: see
    app/services/people/forgetting.py.
    """
    known = [_take(call) for call in calls]
    for call in known:
        _carry_out(session, call, now)
        log.info("command_heard", word=call.command.word, chat=call.chat.id)
    answers = _compose(session, known, operator)
    sent = insert_answers(session, answers, now, ANSWER_EVERY_S) if answers else []
    for answer in sent:
        log_step(session, "ready", answer.id, bot=answer.bot_id, chat=answer.chat_id, kind=COMMAND)
    return CommandResult(len(sent), any(call.command.word == "forgetme" for call in known))


def _take(call: CommandCall) -> CommandCall:
    """Returns the command, or NAMELESS if it concerns an author who is unidentifiable."""
    if call.is_shared and call.command.word not in OPEN_TO_ALL:
        return replace(call, command=replace(call.command, word=NAMELESS))
    return call


def _carry_out(session: Session, call: CommandCall, now: dt.datetime) -> None:
    word, bot_id = call.command.word, call.command.bot_id
    if word == "mute":
        log_steps(session, "discarded", mutes.mute(session, call.message_id, bot_id, now), reason="muted")
    elif word == "unmute":
        mutes.unmute(session, call.message_id, bot_id, now)
    elif word == "forgetme":
        forgotten = forget_requests.store(session, call.message_id, _choose_speaker(call), call.said_at, now)
        log_steps(session, "discarded", forgotten, reason="forgotten")


def _compose(session: Session, calls: Sequence[CommandCall], operator: str) -> list[NewAnswer]:
    """Returns an answer to each person's last command in each chat, by a bot that may speak there, if any."""
    last = {(one.chat.id, one.telegram_user_id): one for one in calls}
    speakers: Mapping[int, int] = {
        one.message_id: bot_id for one in last.values() if (bot_id := _choose_speaker(one)) is not None
    }
    if not speakers:
        return []
    bots = {row["bot_id"]: parse_row(row) for row in profiles.load_rows(session, set(speakers.values()))}
    return [
        NewAnswer(bot.bot_id, one.message_id, render_answer(one.command, one.chat.language, bot, operator))
        for one in last.values()
        if (bot := bots.get(speakers.get(one.message_id, 0))) is not None
    ]


def _choose_speaker(call: CommandCall) -> int | None:
    """Returns the named bot; else the ingest leader, so that one answers for all; else any that may write there."""
    speakers = [bot.bot_id for bot in call.chat.bots if bot.bot_id in call.chat.speakers]
    if call.command.bot_id is not None:
        return call.command.bot_id if call.command.bot_id in speakers else None
    return call.leader if call.leader in speakers else next(iter(speakers), None)
