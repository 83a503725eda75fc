from __future__ import annotations

import datetime as dt
import itertools
import json
from pathlib import Path

import pytest

from app.domain.settings import FleetSettings
from bench.replay_log import asks_for_something, hash_author, judge, make_profiles, read_log, replay

LOGS = Path(__file__).parents[4] / "shared" / "data" / "group_chats" / "ubuntu-dev"


def row(number, minute, text="hello", **fields):
    at = {"date_unixtime": str(1_100_000_040 + 60 * minute)}
    return {"id": number, "type": "message", "from": "Grace", "from_id": "user7", "text": text, **at, **fields}


@pytest.fixture
def export(tmp_path):
    """Writes an export and reads its busiest hour."""

    def write(*rows):
        file = tmp_path / "export.json"
        file.write_text(json.dumps({"messages": list(rows)}), encoding="utf-8")
        return read_log(file)

    return write


def test_the_busiest_hour_is_read_and_one_minutes_messages_are_spread_over_it(export):
    quiet = [row(1, 0), row(2, 10)]
    busy = [row(n, 90) for n in range(3, 7)] + [row(7, 149), row(8, 150)]
    messages = export(*quiet, *busy, row(9, 149, type="service"))
    assert [message.id for message in messages] == [3, 4, 5, 6, 7]
    gaps = [later.sent_at - earlier.sent_at for earlier, later in itertools.pairwise(messages)]
    assert gaps[:3] == [dt.timedelta(seconds=15)] * 3


def test_texts_in_parts_authors_and_replies_are_read(export):
    parts = ["so ", {"type": "mention", "text": "@ada_bot"}, "?"]
    first, second = export(row(1, 0), row(2, 1, parts, reply_to_message_id=1))
    assert (second.text, second.reply_to, second.author_id) == ("so @ada_bot?", 1, 7)
    assert (first.is_question, second.is_question) == (False, True)
    assert hash_author("channel") == 0


def test_questions_and_calls_ask_for_something(export):
    said = export(row(1, 0, "well"), row(2, 0, "is it?"), row(3, 0, "Ada, tell us"))
    assert [asks_for_something(message, make_profiles()) for message in said] == [False, True, True]


def test_an_hour_without_a_reply_misses_its_targets(export):
    outcome = replay(export(row(1, 0, "well"), row(2, 1, "so")), FleetSettings(speak_probability=0.0), 1)
    verdicts = {figure.name: figure.verdict for figure in judge("log", outcome)}
    assert verdicts["replies"] == verdicts["replies to what was asked"] == "MISSED"


@pytest.mark.skipif(not LOGS.is_dir(), reason="needs ../shared/data/group_chats/ubuntu-dev")
def test_in_an_hour_of_a_real_group_bots_answer_mostly_where_something_was_asked():
    outcome = replay(read_log(LOGS / "2009-03-03_10.json"), FleetSettings(), 1)
    assert outcome.replies >= 40
    assert outcome.replies_to_asked / outcome.replies >= 0.75 > 2 * outcome.asked / outcome.people
