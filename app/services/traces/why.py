"""Explanations for operators of why a bot spoke or was silent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import NotFound
from app.domain.ports import Clock, SilenceLog
from app.domain.traces.codec import CodecError
from app.domain.traces.explaining import Explained, explain_reason, explain_steps
from app.domain.traces.silence import SilentTick
from app.domain.traces.tick_record import unpack
from app.repositories.conversation import history
from app.repositories.conversation.history import UtteranceRecord
from app.repositories.fleet import bots, chats, rests
from app.repositories.fleet.bots import BotRecord
from app.repositories.fleet.rests import RestRecord
from app.repositories.traces import tick_traces
from app.services.traces.replaying import NotReplayable, read_document, replay_document

SAID = 20
QUOTED = 60


@dataclass(frozen=True, slots=True)
class WhySaid:
    """An utterance and its trace; `replay` says, if requested, whether replaying it gives the same."""

    utterance: UtteranceRecord
    steps: Sequence[Explained]
    replay: str = ""


@dataclass(frozen=True, slots=True)
class WhySilent:
    """Consecutive ticks with one reason for silence: count, first and last time, and the newest one's steps."""

    reason: str
    sentence: str
    turns: int
    first_at: dt.datetime
    last_at: dt.datetime
    steps: Sequence[Explained]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason kept the bot silent in the last 24 hours."""

    reason: str
    sentence: str
    turns: int


@dataclass(frozen=True, slots=True)
class WhyReport:
    """A bot's last utterances, newest first, and its silence since. `summary` has a sentence or two.

    With `chat_id`, only that chat's utterances and rests; a silent tick counts for every chat.
    """

    bot: BotRecord
    chats: Mapping[int, str]
    chat_id: int | None
    summary: str
    said: Sequence[WhySaid]
    silent: Sequence[WhySilent]
    reasons: Sequence[ReasonCount]
    hours: Mapping[dt.datetime, Mapping[str, int]]
    rests: Sequence[RestRecord] = ()


def find_said(sessions: SessionFactory, chat_id: int, telegram_message_id: int) -> tuple[int, int]:
    """Returns bot and utterance of a message. Raises NotFound when it is no bot's, or its utterance was pruned."""
    with sessions() as session:
        found = history.find_said(session, chat_id, telegram_message_id)
    if found is None:
        raise NotFound("What led to this message is not kept any more, or no bot of this fleet sent it.")
    return found


def explain_bot(
    sessions: SessionFactory, silence: SilenceLog, clock: Clock, bot_id: int, chat_id: int | None = None
) -> WhyReport:
    """Explains why a bot speaks or not. Raises NotFound for a bot, or a chat that it is not in."""
    now = clock.now()
    with sessions() as session:
        bot = bots.find_bot(session, bot_id)
        if bot is None:
            raise NotFound(f"There is no bot {bot_id}.")
        titles = _titles(session, bot_id)
        if chat_id is not None and chat_id not in titles:
            raise NotFound(f"{bot.display_name} is not in chat {chat_id}.")
        said = history.utterances_of_bot(session, bot_id, SAID, chat_id)
        records = tick_traces.records(session, [utterance.id for utterance in said])
        resting = rests.list_resting(session, now, SAID, bot_id, chat_id)
    names = _chat_names(titles)
    ticks = silence.last(bot_id)
    hours = silence.count(bot_id, now)
    silent = group_silence(ticks, names)
    return WhyReport(
        bot=bot,
        chats=titles,
        chat_id=chat_id,
        summary=summarise(bot, said[0] if said else None, silent),
        said=[WhySaid(u, explain_steps(u.trace, names | names_in(records.get(u.id)))) for u in said],
        silent=silent,
        reasons=[ReasonCount(reason, explain_reason(reason), n) for reason, n in _total(hours).most_common()],
        hours=hours,
        rests=resting,
    )


def explain_utterance(sessions: SessionFactory, utterance_id: int, engine: str) -> WhySaid:
    """Explains one utterance, and whether replaying it gives the same. Raises NotFound."""
    with sessions() as session:
        utterance = history.find_utterance(session, utterance_id)
        if utterance is None:
            raise NotFound(f"There is no utterance {utterance_id}.")
        stored = tick_traces.find(session, utterance_id)
        titles = _titles(session, utterance.bot_id)
    names = _chat_names(titles) | names_in(stored.record if stored else None)
    return WhySaid(utterance, explain_steps(utterance.trace, names), _replay(stored, engine))


def _titles(session: Session, bot_id: int) -> dict[int, str]:
    return dict(chats.titles_of_bot(session, bot_id))


def _chat_names(titles: Mapping[int, str]) -> dict[str, str]:
    return {f"chat_{number}": title for number, title in titles.items()}


def _replay(stored: tick_traces.StoredTick | None, engine: str) -> str:
    if stored is None:
        return "No trace of it is kept: it is past its time, or answers a command."
    try:
        same = replay_document(read_document(stored), engine).same
    except (NotReplayable, CodecError) as error:
        return str(error)
    return (
        "Decided again just now, it comes out the same, bit for bit."
        if same
        else ("Decided again just now, it comes out different: this engine is not the one that decided it.")
    )


def names_in(record: bytes | None) -> dict[str, str]:
    """Returns the names of `chat_…`, `message_…` and `mention_…` in a packed record of any engine."""
    try:
        return names_in_context(unpack(record).get("context", {})) if record else {}
    except CodecError:
        return {}


def names_in_context(context: Mapping[str, Any]) -> dict[str, str]:
    """Returns the same names from a context as parsed JSON; other keys are ignored."""
    names = {}
    for chat in context.get("chats", ()):
        names[f"chat_{chat.get('id')}"] = str(chat.get("title"))
        names |= {f"message_{message.get('id')}": _quote(message) for message in chat.get("messages", ())}
    for mention in context.get("mentions", ()):
        names[f"mention_{mention.get('id')}"] = _quote(mention.get("message", {}))
    return names


def _quote(message: Mapping[str, Any]) -> str:
    text = " ".join(str(message.get("text", "")).split())
    return f"{message.get('author', 'somebody')}'s “{text if len(text) <= QUOTED else text[: QUOTED - 1] + '…'}”"


def group_silence(ticks: Sequence[SilentTick], names: Mapping[str, str]) -> list[WhySilent]:
    """Groups consecutive ticks with the same reason, newest first."""
    found: list[WhySilent] = []
    for tick in ticks:
        if found and found[-1].reason == tick.reason:
            last = found.pop()
            found.append(WhySilent(last.reason, last.sentence, last.turns + 1, tick.at, last.last_at, last.steps))
        else:
            steps = explain_steps(tick.steps, names, silent=True)
            found.append(WhySilent(tick.reason, explain_reason(tick.reason), 1, tick.at, tick.at, steps))
    return found


def summarise(bot: BotRecord, last: UtteranceRecord | None, silent: Sequence[WhySilent]) -> str:
    """Returns the summary of a report."""
    if bot.status != "active":
        return f"{bot.display_name} is {bot.status}: it says nothing until an operator resumes it."
    if not silent:
        spoken = "and has planned nothing yet" if last is None else "and its last turn made it speak"
        return f"{bot.display_name} is active, {spoken}. No silent turn of it is known."
    newest = silent[0]
    if last is not None and last.planned_at > newest.last_at:
        return f"{bot.display_name} used its last turn to speak. Before that: {newest.sentence}"
    turns = "its last turn" if newest.turns == 1 else f"its last {newest.turns} turns"
    return f"{bot.display_name} was silent in {turns}: {newest.sentence}"


def _total(hours: Mapping[dt.datetime, Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for reasons in hours.values():
        total.update(reasons)
    return total
