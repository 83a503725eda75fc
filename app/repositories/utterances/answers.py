"""Inserts of answers to commands: texts written by code, which enter the outbox without a lane."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.repositories.utterances.sql import write

COMMAND = "command"


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A bot's answer to the command in a stored message."""

    bot_id: int
    message_id: int
    text: str


class StoredAnswer(NamedTuple):
    """An inserted answer: the ids of its utterance, bot and chat."""

    id: int
    bot_id: int
    chat_id: int


INSERT = write(
    "answer",
    """
    insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, target_message_id, state, text,
                            available_at, typing_at, send_at, planned_at)
    select a.bot_id, g.chat_id, cast(:now as timestamptz) + make_interval(secs => (a.message_id % 1000000) / 1e6),
           'command', 'interactive', 'code', a.message_id, {new}, a.text, :now, :now, :now, :now
    from jsonb_to_recordset(cast(:rows as jsonb)) as a(bot_id bigint, message_id bigint, text text)
    join messages g on g.id = a.message_id
    where not exists (
        select 1 from utterances u join messages t on t.id = u.target_message_id
        where u.chat_id = g.chat_id and u.kind = 'command' and t.person_id = g.person_id
          and u.planned_at > cast(:now as timestamptz) - make_interval(secs => :every))
    on conflict do nothing returning id, bot_id, chat_id
    """,
)


def insert_answers(
    session: Session, answers: Sequence[NewAnswer], now: dt.datetime, every_s: float
) -> list[StoredAnswer]:
    """Inserts answers into the outbox, due at once; returns those that were inserted.

    A person who had an answer to a command in the same chat within the last `every_s` seconds gets none.
    """
    params = {"rows": json.dumps([asdict(answer) for answer in answers]), "now": now, "every": every_s}
    return [StoredAnswer(*row) for row in session.execute(INSERT, params)]
