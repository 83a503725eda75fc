"""Every writer of an utterance's state, ready to be called on one row, with the transitions that it may cause."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.behaviour.tick import OpenTopic, React, Reply, Speech
from app.domain.behaviour.trace import Step
from app.domain.lanes.lane import MAX_ATTEMPTS
from app.domain.settings.book import Scoped
from app.domain.utterance import BY_NAME, State
from app.models import Bot, Chat, Message
from app.repositories.utterances import (
    answers,
    cancelling,
    delivery,
    generation,
    outcomes,
    parking,
    planning,
    unknown_sends,
)
from app.repositories.utterances.answers import NewAnswer
from app.repositories.utterances.generation import ReadyDraft, RefusedDraft
from app.repositories.utterances.planning import NewUtterance
from tests.builders import NOW, make_bot, make_chat, make_mention, make_message

LEASE = NOW + dt.timedelta(seconds=30)
LATE = NOW + dt.timedelta(hours=1)
LANES = ["chat.interactive", "chat.ambient"]
LAST_ATTEMPT = MAX_ATTEMPTS - 1


@dataclass(frozen=True)
class Row:
    """What does not change in an utterance's life, and where it stands."""

    id: int
    bot_id: int
    chat_id: int
    telegram_chat_id: int
    kind: str
    urgency: str
    mention_id: int | None
    target_message_id: int | None
    text: str | None
    attempts: int
    rewrite_reason: str | None
    state: State


ROWS = text("""
    select u.id, u.bot_id, u.chat_id, c.telegram_chat_id, u.kind, u.urgency, u.mention_id, u.target_message_id, u.text,
           u.attempts, u.rewrite_reason, u.state
    from utterances u join chats c on c.id = u.chat_id order by u.id
""")


def read_rows(session: Session) -> dict[int, Row]:
    """All utterances as a session sees them, by id."""
    rows = (Row(**{**row._mapping, "state": State(row.state)}) for row in session.execute(ROWS))
    return {row.id: row for row in rows}


@dataclass
class World:
    """Two bots in two chats, where people wrote, some of it to the bots; ids and instants that come once."""

    bots: list[Bot]
    chats: list[Chat]
    messages: list[Message]
    mentions: dict[tuple[int, int], int]
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def build(cls, sessions: SessionFactory) -> World:
        bots = [make_bot(sessions, name) for name in ("Ada", "Bob")]
        chats = [make_chat(sessions, *bots, title=title) for title in ("Markets", "Weather")]
        messages = [make_message(sessions, chat, words) for chat in chats for words in ("Well?", "And you?")]
        mentions = {(bot.id, said.id): make_mention(sessions, bot, said).id for bot in bots for said in messages}
        return cls(bots, chats, messages, mentions)

    def instant(self) -> dt.datetime:
        """Never the same twice: no two ticks are one."""
        return NOW + dt.timedelta(microseconds=next(self.numbers))

    def bear(self, session: Session, bot: Bot, message: Message, shape: str) -> object:
        """What a bot makes of a message: an `answer`, a `reply`, a `topic`, a `reaction`, or that to a `command`."""
        at = self.instant()
        if shape == "command":
            return answers.insert_answers(session, [NewAnswer(bot.id, message.id, "I am a bot.")], at, 0.0)
        plans: dict[str, Speech] = {
            "answer": Reply(message.chat_id, message.id, self.mentions[bot.id, message.id]),
            "reply": Reply(message.chat_id, message.id),
            "topic": OpenTopic(message.chat_id, "rates"),
            "reaction": React(message.chat_id, message.id, "👍"),
        }
        plan = plans[shape]
        return planning.insert_planned(session, NewUtterance(bot.id, at, plan, "1", 7, ()), f"chat.{plan.urgency}", at)


def anything(row: Row) -> bool:
    return True


def worded(row: Row) -> bool:
    return row.kind != "reaction"


def targeted(row: Row) -> bool:
    return row.target_message_id is not None


@dataclass(frozen=True)
class Writer:
    """A call on one row that may cause `names`; where there are two, the second is for the last attempt.

    `suits` is what it is ever called on; `alone` says that nothing but the state decides whether it succeeds.
    """

    names: tuple[str, ...]
    call: Callable[[Session, World, Row], object]
    suits: Callable[[Row], bool] = anything
    alone: bool = True

    def expected(self, row: Row) -> State:
        """The state in which the table has the row afterwards."""
        transition = BY_NAME[self.names[-1 if row.attempts >= LAST_ATTEMPT else 0]]
        return transition.after if row.state in transition.before else row.state


NOTE = Step("by hand", "ok")

WRITERS: tuple[Writer, ...] = (
    Writer(("claim",), lambda s, w, r: generation.claim_planned(s, LANES, LATE, LEASE, 8), alone=False),
    Writer(("release",), lambda s, w, r: generation.release(s, [r.id])),
    Writer(("retry", "give_up"), lambda s, w, r: generation.count_attempt(s, [r.id], NOW, alone=r.id % 2 == 0)),
    Writer(("recover", "abandon"), lambda s, w, r: generation.recover(s, LATE)),
    Writer(
        ("rewrite",),
        lambda s, w, r: generation.ask_again(s, [RefusedDraft(r.id, "duplicate", "Draft")], NOW),
        suits=lambda row: row.rewrite_reason is None,
    ),
    Writer(("refuse",), lambda s, w, r: generation.refuse(s, [RefusedDraft(r.id, "duplicate", "Draft")], NOW)),
    Writer(("make_ready",), lambda s, w, r: generation.make_ready(s, [ReadyDraft(r.id, f"Words of {r.id}", NOW, NOW)])),
    Writer(("withhold",), lambda s, w, r: cancelling.withhold(s, r.id, "too_long", NOW)),
    Writer(("claim_send",), lambda s, w, r: delivery.claim_send(s, r.id, LATE, LEASE), alone=False),
    Writer(("return_unsent",), lambda s, w, r: delivery.return_unsent(s, r.id, NOW)),
    Writer(
        ("deliver",),
        lambda s, w, r: outcomes.mark_sent(s, r.id, 5_000 + next(w.numbers), r.text or "Words", NOW),
        suits=worded,
    ),
    Writer(
        ("deliver",),
        lambda s, w, r: outcomes.settle_unknown(
            s, r.telegram_chat_id, 5_000 + next(w.numbers), r.bot_id, r.text or "", NOW
        ),
        suits=worded,
        alone=False,
    ),
    Writer(
        ("deliver_reaction",),
        lambda s, w, r: outcomes.mark_reacted(s, r.id, NOW),
        suits=lambda row: row.kind == "reaction",
    ),
    Writer(("fail",), lambda s, w, r: outcomes.mark_failed(s, r.id, "Forbidden: kicked", NOW)),
    Writer(("lose_answer",), lambda s, w, r: outcomes.mark_unknown(s, r.id, NOW)),
    Writer(("lose_worker",), lambda s, w, r: outcomes.settle_lost(s, LATE)),
    Writer(
        ("supersede",),
        lambda s, w, r: planning.supersede_ambient(s, r.bot_id, NOW),
        suits=lambda row: row.urgency == "ambient",
    ),
    Writer(
        ("mute",),
        lambda s, w, r: cancelling.discard_answers_to_author(s, r.target_message_id or 0, None, NOW),
        suits=lambda row: targeted(row) and row.kind != "command",
    ),
    Writer(
        ("forget",),
        lambda s, w, r: cancelling.discard_answers_to(s, [r.target_message_id or 0], NOW),
        suits=lambda row: targeted(row) and row.kind != "command",
    ),
    Writer(("expire",), lambda s, w, r: cancelling.drop_stale(s, LATE, r.urgency, Scoped(60.0, {}, {}))),
    Writer(("postpone",), lambda s, w, r: parking.postpone_plan(s, r.id, NOW, 2)),
    Writer(("park",), lambda s, w, r: parking.park(s, r.id, NOW)),
    Writer(
        ("unpark_plan",),
        lambda s, w, r: parking.unpark_plan(s, r.id, NOTE, NOW),
        suits=lambda row: row.kind in {"reply", "topic"},
        alone=False,
    ),
    Writer(("unpark_send",), lambda s, w, r: parking.unpark_send(s, r.id, NOTE, NOW), alone=False),
    Writer(("resend",), lambda s, w, r: unknown_sends.resend(s, r.id, NOTE, NOW), alone=False),
    Writer(("dismiss",), lambda s, w, r: unknown_sends.dismiss(s, r.id, NOTE)),
)

BIRTHS = ("answer", "reply", "topic", "reaction", "command")
