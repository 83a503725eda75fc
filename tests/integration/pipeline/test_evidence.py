"""A drill keeps what is known of a message that was said twice."""

from __future__ import annotations

import json
from types import SimpleNamespace

from drills.evidence import NAME, keep_evidence
from sandbox.report.telegram_facts import BotMessage
from tests.builders import make_bot, make_chat, make_utterance


def test_journal_rows_and_log_lines_of_both_messages_are_kept_and_no_others(pipeline, tmp_path):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    first, again, other = (
        make_utterance(pipeline.sessions, bot, chat, "sent", text=text, telegram_message_id=number)
        for text, number in (("Again?", 2), ("Again?", 3), ("Elsewhere", 9))
    )
    about = {"chat_id": chat.telegram_chat_id, "bot_id": bot.telegram_user_id}
    events = [{"t": 10.0, "event": "call", **about}, {"t": 10.0, "event": "call", "chat_id": -5, "bot_id": 1}]
    log = tmp_path / "var" / "log" / "worker-io0.log"
    log.parent.mkdir(parents=True)
    lines = [{"event": "sent", "utterance": row.id, "timestamp": str(row.id)} for row in (first, again, other)]
    log.write_text("\n".join([*map(json.dumps, lines), "no json", "7"]))
    pair = tuple(
        BotMessage(t, about["chat_id"], number, about["bot_id"], "Again?", None, False)
        for t, number in ((9.0, 2), (12.0, 3))
    )
    stack = SimpleNamespace(sessions=pipeline.sessions, folder=tmp_path, var=tmp_path / "var")
    keep_evidence(stack, events, ())
    assert not (tmp_path / NAME).exists()
    keep_evidence(stack, events, (pair,))
    [found] = json.loads((tmp_path / NAME).read_text())
    assert [message["id"] for message in found["messages"]] == [2, 3]
    assert [row["id"] for row in found["utterances"]] == [first.id, again.id]
    assert [line["utterance"] for line in found["log"]] == [first.id, again.id]
    assert found["journal"] == events[:1]
    assert found["finding"] == "two utterances"
