"""What is known of a message that was said twice: journal, rows, traces and log lines, in one file of the run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from drills.judge import Event, Pair
from drills.stack import Stack
from sandbox.report.telegram_facts import BotMessage

NAME = "said_twice.json"
AROUND_S = 60.0
"""How long before and after a message the journal's calls of its bot in its chat are kept, in seconds."""

ROWS = text("""
    select to_jsonb(u) || jsonb_build_object('trace', to_jsonb(t) - 'record', 'mention', to_jsonb(n)) as row
    from utterances u join chats c on c.id = u.chat_id join bots b on b.id = u.bot_id
    left join tick_traces t on t.utterance_id = u.id left join mentions n on n.id = u.mention_id
    where c.telegram_chat_id = :chat and b.telegram_user_id = :bot
      and (u.telegram_message_id = any(:ids) or u.text = any(:texts)
           or u.target_message_id = any(array(select g.id from messages g
                where g.chat_id = c.id and g.telegram_message_id = any(:targets))))
    order by u.id
""")


def keep_evidence(stack: Stack, events: Sequence[Event], pairs: Sequence[Pair]) -> None:
    """Writes what is known of each repeat to the run's folder; nothing without any."""
    if not pairs:
        return
    with stack.sessions() as session:
        found = [_gather(session, events, stack.var / "log", pair) for pair in pairs]
    (stack.folder / NAME).write_text(json.dumps(found, indent=2, default=str) + "\n", encoding="utf-8")


def _gather(session: Session, events: Iterable[Event], logs: Path, pair: Pair) -> dict[str, Any]:
    rows = _rows(session, pair)
    ids = {row["id"] for row in rows}
    recorded = {row["telegram_message_id"] for row in rows} & {message.id for message in pair}
    return {
        "finding": "two utterances" if len(recorded) == len(pair) else "one utterance, sent twice",
        "messages": [{"id": message.id, "chat": message.chat_id, "bot": message.bot_id} for message in pair],
        "journal": [event for event in events if any(_concerns(event, message) for message in pair)],
        "utterances": rows,
        "log": sorted(_lines_about(logs, ids), key=lambda line: str(line.get("timestamp"))),
    }


def _rows(session: Session, pair: Pair) -> list[Mapping[str, Any]]:
    """Returns the rows of utterances that may have become either message: by id, by text, by what they answer."""
    first, again = pair
    params = {
        "chat": again.chat_id,
        "bot": again.bot_id,
        "ids": [message.id for message in pair],
        "texts": list({first.text, again.text}),
        "targets": [message.reply_to for message in pair if message.reply_to is not None],
    }
    return list(session.scalars(ROWS, params))


def _concerns(event: Event, message: BotMessage) -> bool:
    """Whether a journal line is a call of the message's bot in its chat, or anything about its target, near it."""
    if abs(event["t"] - message.t) > AROUND_S or event.get("chat_id") != message.chat_id:
        return False
    return event.get("bot_id") == message.bot_id or event.get("message_id") in (message.id, message.reply_to)


def _lines_about(logs: Path, utterances: set[int]) -> Iterator[Mapping[str, Any]]:
    """Returns the lines of all processes that name one of the utterances."""
    for file in sorted(logs.glob("*.log*")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if (read := _read(line)) and read.get("utterance") in utterances:
                    yield {**read, "file": file.name}


def _read(line: str) -> Mapping[str, Any] | None:
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
