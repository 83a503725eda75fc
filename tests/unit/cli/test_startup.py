"""What the demo tells of its start: the record of the set-up, the size on the disk, and the first message, once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.cli.demo.startup import FirstMessage, first_sent, occupied_mb, read_startup
from environment.setting_up import RECORD

SENT = {"t": 1000.5, "event": "call", "method": "sendMessage", "accepted": True, "params": {}}


class Notes:
    """A reporter that keeps the good news."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def good(self, text: str) -> None:
        self.told.append(text)


@pytest.mark.parametrize("record", [None, "", "[]", '{"dev": {"seconds": 3}}', '{"run": {"seconds": null}}'])
def test_an_environment_that_make_did_not_make_has_no_figures(tmp_path: Path, record: str | None) -> None:
    if record is not None:
        (tmp_path / RECORD).write_text(record)
    startup = read_startup(tmp_path)
    assert (startup.setup_s, startup.environment_mb) == (None, None)
    assert startup.begun > 0


def test_the_set_ups_seconds_come_with_the_size_in_which_hard_links_count_once(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text('{"run": {"seconds": 9.3, "packages": 108, "by": "uv 0.13.9"}}')
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "one").write_bytes(os.urandom(3 * 2**20))
    os.link(tmp_path / "lib" / "one", tmp_path / "lib" / "other")
    (tmp_path / "lib" / "gone").symlink_to("/nowhere")
    startup = read_startup(tmp_path)
    assert (startup.setup_s, startup.environment_mb) == (9.3, 3)
    assert occupied_mb(tmp_path / "nowhere") == 0


def test_the_first_message_is_told_once_and_refused_or_half_written_ones_are_none(tmp_path: Path) -> None:
    journal, notes = tmp_path / "telegram.jsonl", Notes()
    first = FirstMessage(journal, notes)  # type: ignore[arg-type]
    first.look()
    lines = [json.dumps(SENT | {"accepted": False}), json.dumps({"t": 1, "event": "person_message", "text": "hi"})]
    journal.write_text("\n".join([*lines, json.dumps(SENT)[:-9]]))
    first.look()
    assert notes.told == []

    journal.write_text("\n".join([*lines, json.dumps(SENT), json.dumps(SENT | {"t": 2000})]))
    assert first_sent(journal) == 1000.5
    first.look()
    first.look()
    (told,) = notes.told
    assert told.startswith("First message ")
