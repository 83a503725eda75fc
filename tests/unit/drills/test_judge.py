"""The judge of a drill finds what was lost, said twice, or left without an answer."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from drills.judge import Ledger, Verdict, judge

CHAT, BOT, PERSON = -1001, 7, 55
CALM = Ledger(0, 0, frozenset({(CHAT, 1)}), frozenset({(CHAT, 2)}), frozenset())


def registered() -> dict[str, Any]:
    return {"t": 1.0, "event": "bot", "bot_id": BOT, "username": "ada_bot", "first_name": "Ada"}


def asks(message_id: int = 1, t: float = 10.0) -> dict[str, Any]:
    return {
        "t": t,
        "event": "person_message",
        "chat_id": CHAT,
        "message_id": message_id,
        "from_id": PERSON,
        "from_name": "Mira",
        "text": "Ada, what now?",
        "label": f"mention:{BOT}",
    }


def answers(message_id: int = 2, reply_to: int = 1, t: float = 12.0, **notes: Any) -> dict[str, Any]:
    change = {"chat_id": CHAT, "message_id": message_id, "text": "Not much.", "reply_to_message_id": reply_to}
    call = {"t": t, "event": "call", "method": "sendMessage", "bot_id": BOT, "chat_id": CHAT, "params": {}}
    return {**call, "accepted": True, "status": 200, "fault": None, "change": change, **notes}


def verdict(*events: dict[str, Any], ledger: Ledger = CALM, cut_off: int = 0) -> Verdict:
    return judge([registered(), *events], ledger, 5.0, faults=1, cut_off=cut_off)


def test_a_question_with_its_answer_keeps_every_promise():
    found = verdict(asks(), answers())
    assert (found.mentions, found.mentions_sent, found.bot_messages) == (1, 1, 1)
    assert found.broken() == []


def test_a_question_without_an_answer_is_lost():
    found = verdict(asks(), answers(reply_to=99))
    assert found.lost == 1
    assert [words for words in found.broken() if "lost" in words]


def test_a_question_whose_answer_is_unknown_is_not_lost_if_a_send_was_cut_off():
    ledger = dataclasses.replace(CALM, unknown=1, unknown_mentions=frozenset({(CHAT, 1)}))
    found = verdict(asks(), answers(reply_to=99), ledger=ledger, cut_off=1)
    assert (found.lost, found.mentions_unknown) == (0, 1)
    assert found.broken() == []


def test_more_unknown_sends_than_were_cut_off_break_a_promise():
    found = verdict(asks(), answers(), ledger=dataclasses.replace(CALM, unknown=1))
    assert [words for words in found.broken() if "unknown" in words]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "latency+drop_after", "status", "status_after"])
def test_an_answer_that_was_cut_may_leave_one_unknown(fault):
    found = verdict(asks(), answers(), answers(3, t=13.0, fault=fault), ledger=dataclasses.replace(CALM, unknown=1))
    assert found.ambiguous_replies == 1
    assert not [words for words in found.broken() if "unknown" in words]


def test_what_a_person_said_and_nobody_stored_is_lost():
    found = verdict(asks(), answers(), asks(3, t=20.0), answers(4, 3, t=22.0))
    assert found.people_messages_lost == 1


def test_a_second_answer_to_the_same_question_was_said_twice():
    found = verdict(asks(), answers(), answers(3, t=14.0))
    assert found.said_twice == 1
    assert found.broken()[0] == (
        "1 messages were said twice: bot 7 in chat -1001, 2.0 s apart, messages 2 and 3, in reply to 1 and 1: "
        "'Not much.'"
    )
    assert [[message.id for message in pair] for pair in found.pairs] == [[2, 3]]
    assert "pairs" not in found.as_json()


def test_the_words_of_another_answer_are_counted_and_break_no_promise():
    ledger = dataclasses.replace(CALM, stored=frozenset({(CHAT, 1), (CHAT, 3)}))
    found = verdict(asks(), answers(), asks(3, t=20.0), answers(4, 3, t=22.0), ledger=ledger)
    assert (found.said_twice, found.words_again, found.broken()) == (0, 1, [])


def test_a_send_that_was_believed_and_never_arrived_is_lost():
    assert verdict(asks(), answers(), ledger=dataclasses.replace(CALM, believed=frozenset({(CHAT, 9)}))).lost == 1


def test_a_plan_left_hanging_and_a_ban_break_promises():
    found = verdict(
        asks(), answers(), {"t": 20.0, "event": "ban", "bot_id": BOT}, ledger=dataclasses.replace(CALM, unfinished=1)
    )
    assert (found.lost, found.bans) == (1, 1)
    assert len(found.broken()) == 2
