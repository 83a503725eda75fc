"""Exports: minute stamps, the busiest stretch, texts in parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ingest.exports import flatten_text
from sandbox.telegram.export import LoggedMessage, find_densest, read_export, spread_minutes

MINUTE = 1_200_000_000.0


def logged(*stamps: float) -> list[LoggedMessage]:
    return [LoggedMessage(i, MINUTE + at, 1, "Ada", "x", None) for i, at in enumerate(stamps)]


def test_messages_of_a_minute_are_spread_over_it() -> None:
    spread = spread_minutes(logged(0, 0, 0, 60, 120, 120))
    assert [message.at - MINUTE for message in spread] == [0, 20, 40, 60, 120, 150]


def test_stamps_with_seconds_are_left_alone() -> None:
    messages = logged(0, 0, 61)
    assert spread_minutes(messages) == messages


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60).map(sorted), st.integers(1, 300))
def test_no_stretch_holds_more_than_the_densest(stamps: list[int], window: int) -> None:
    messages = tuple(logged(*stamps))
    best = stamps[find_densest(messages, window)]

    def count(start: int) -> int:
        return sum(start <= stamp < start + window for stamp in stamps)

    assert count(best) == max(count(start) for start in stamps)


@pytest.mark.parametrize(
    ("text", "flat"),
    [("plain", "plain"), (["a ", {"type": "bold", "text": "b"}, " c"], "a b c"), (None, ""), ([{"type": "x"}, 5], "")],
)
def test_texts_in_parts_are_joined(text: object, flat: str) -> None:
    assert flatten_text(text) == flat


def test_dates_without_unix_time_are_utc_and_odd_entries_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    good = {"id": 1, "type": "message", "date": "2008-01-10T21:20:00", "from": None, "text": "x"}
    entries = [good, {**good, "id": "?"}, "nonsense", {**good, "text": []}, {"type": "service"}]
    path.write_text(json.dumps({"messages": entries}))
    export = read_export(path)
    assert [(message.at, message.from_name) for message in export.messages] == [(MINUTE, "Deleted Account")]
    assert export.skipped == {"malformed": 2, "without_text": 1, "service": 1}


def test_a_log_that_is_no_export_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"\xff\xfe broken")
    with pytest.raises(ValueError, match="is not JSON; export the chat from Telegram Desktop"):
        read_export(path)


def test_a_user_a_channel_and_a_deleted_account_of_one_number_are_three(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    said = {"type": "message", "date_unixtime": "1200000000", "from": "Ada", "text": "x"}
    senders = ({"from_id": "user77"}, {"from_id": "channel77"}, {}, {"from_id": "chat77"})
    path.write_text(json.dumps({"messages": [{"id": n, **said, **sender} for n, sender in enumerate(senders)]}))
    ids = [message.from_id for message in read_export(path).messages]
    assert ids[:2] == [77, -1_000_000_000_077]
    assert len(set(ids)) == 4
