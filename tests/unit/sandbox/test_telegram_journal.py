"""The journal: whole lines, whatever happens."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.journal import Journal, read_journal


def test_events_come_back_in_order_with_their_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "journal.jsonl")
    before = time.time()
    journal.write("first", number=1, text="ğüş 😀\n")
    journal.write("second")
    journal.close()
    journal.close()
    first, second = read_journal(tmp_path / "deep" / "journal.jsonl")
    assert (first["event"], first["number"], first["text"]) == ("first", 1, "ğüş 😀\n")
    assert second["event"] == "second"
    assert before <= first["t"] <= second["t"] <= time.time()


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert list(read_journal(tmp_path / "none.jsonl")) == []


def test_a_cut_last_line_is_skipped_and_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"t": 1, "event": "whole"}\n{"t": 2, "event": "cu\xc4')
    assert [event["event"] for event in read_journal(path)] == ["whole"]
    journal = Journal(path)
    journal.write("next")
    journal.close()
    assert [event["event"] for event in read_journal(path)] == ["whole", "next"]


def test_threads_and_processes_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journals = [Journal(path), Journal(path)]

    def write(journal: Journal, name: str) -> None:
        for number in range(200):
            journal.write(name, number=number, padding="x" * 500)

    threads = [threading.Thread(target=write, args=(journals[i % 2], f"writer{i}")) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for journal in journals:
        journal.close()
    events = list(read_journal(path))
    assert len(events) == 800
    for i in range(4):
        assert [e["number"] for e in events if e["event"] == f"writer{i}"] == list(range(200))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(st.characters()))
def test_any_text_survives(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    journal = Journal(path)
    journal.write("said", text=text + "\ud83d")
    journal.write("said", text=text)
    journal.close()
    lone, whole = read_journal(path)
    assert (lone["text"], whole["text"]) == (text + "\ud83d", text)
