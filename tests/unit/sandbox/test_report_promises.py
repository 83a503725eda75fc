"""Promises: kept by a good run, and each broken one told in words; the command's forms and exit status."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sandbox.journal import Journal
from sandbox.report.command import report_command
from sandbox.report.promises import Profile, broken_promises
from sandbox.report.report import Report
from sandbox.report.table import LABELS, format_table

KEYS = [
    "seconds", "bots", "chats", "people_messages", "mentions", "mentions_answered", "bot_messages",
    "from_ticks", "bots_that_spoke", "distinct_texts", "said_twice", "lost", "unknown", "telegram_429",
    "llm_429", "llm_requests", "prompts_per_request", "mention_to_request_p95_s",
    "mention_to_sent_p95_s_less_typing", "processes_left", "setup_s", "first_message_s", "environment_mb",
]  # fmt: skip
START = ["--begun", "2026-01-01T00:00:00Z", "--setup-s", "8.5", "--environment-mb", "390"]
GOOD = Report(
    seconds=90, bots=12, chats=2, people_messages=300, mentions=28, mentions_answered=28, bot_messages=45,
    from_ticks=17, bots_that_spoke=12, distinct_texts=45, said_twice=0, lost=0, unknown=0, telegram_429=0, llm_429=0,
    llm_requests=30, prompts_per_request=6.5, mention_to_request_p95_s=0.5, mention_to_sent_p95_s_less_typing=1.5,
    processes_left=0,
)  # fmt: skip


@pytest.mark.parametrize("profile", ["demo", "crowd"])
def test_a_good_run_breaks_nothing(profile: Profile) -> None:
    assert broken_promises(GOOD, profile) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bot_messages": 29, "distinct_texts": 29}, "29 bot messages"),
        ({"from_ticks": 11}, "11 messages that nobody prompted"),
        ({"bots_that_spoke": 7}, "7 bots that spoke"),
        ({"distinct_texts": 44}, "only 44 of 45 texts differ"),
        ({"said_twice": 1}, "said twice"),
        ({"lost": 1}, "lost"),
        ({"telegram_429": 1}, "Telegram answered 429"),
        ({"llm_429": 2}, "provider answered 429"),
        ({"mentions_answered": 27}, "1 of 28 mentions were not answered"),
        ({"mentions": 0, "mentions_answered": 0}, "nobody mentioned a bot"),
        ({"mention_to_request_p95_s": 1.001}, "1.001 s"),
        ({"mention_to_sent_p95_s_less_typing": 3.001}, "3.001 s"),
        ({"processes_left": 1}, "left running"),
    ],
)
def test_each_broken_promise_of_the_demo_is_told(change: dict[str, Any], told: str) -> None:
    (line,) = broken_promises(replace(GOOD, **change), "demo")
    assert told in line


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prompts_per_request": 5.0}, "prompts per request"),
        ({"said_twice": 1}, "said twice"),
        ({"lost": 1}, "lost"),
        ({"telegram_429": 1}, "Telegram"),
        ({"llm_429": 1}, "provider"),
        ({"processes_left": 2}, "2 processes"),
        ({"bot_messages": 0}, "no bot said anything"),
    ],
)
def test_each_broken_promise_of_a_crowd_is_told(change: dict[str, Any], told: str) -> None:
    (line,) = broken_promises(replace(GOOD, **change), "crowd")
    assert told in line


def test_a_crowd_s_latency_and_open_mentions_are_not_judged() -> None:
    slow = replace(GOOD, mention_to_request_p95_s=40.0, mention_to_sent_p95_s_less_typing=55.0, mentions_answered=20)
    assert broken_promises(slow, "crowd") == []


def test_a_shorter_run_of_a_smaller_fleet_owes_its_share() -> None:
    small = replace(GOOD, seconds=45, bots=6, bots_that_spoke=2, from_ticks=3, bot_messages=8, distinct_texts=8)
    assert broken_promises(small, "demo") == []
    assert len(broken_promises(replace(small, bot_messages=7, distinct_texts=7), "demo")) == 1
    assert len(broken_promises(replace(small, bots_that_spoke=1), "demo")) == 1
    assert broken_promises(replace(GOOD, seconds=900, bots=200), "demo") == []


def test_the_table_names_every_figure_in_aligned_lines() -> None:
    lines = format_table(replace(GOOD, mention_to_request_p95_s=None)).splitlines()
    assert tuple(LABELS) == tuple(GOOD.as_json())
    assert len(lines) == len(KEYS)
    assert len({len(line) for line in lines}) == 1
    assert lines[6].split() == ["messages", "by", "bots", "45"]
    assert lines[17].endswith("-")


@pytest.fixture
def journals(tmp_path: Path) -> list[str]:
    """Options for two small journals, of a run in which one mention was not answered."""
    telegram, llm = Journal(tmp_path / "telegram.jsonl"), Journal(tmp_path / "llm.jsonl")
    telegram.write("start")
    telegram.write("bot", bot_id=5, username="ada_bot", first_name="Ada")
    said = {"chat_id": -1, "message_id": 1, "from_id": 9, "from_name": "Mira", "text": "Ada?", "label": "mention:5"}
    telegram.write("person_message", **said)
    llm.write("start")
    telegram.close()
    llm.close()
    paths = (str(tmp_path / "telegram.jsonl"), str(tmp_path / "llm.jsonl"))
    return ["--telegram-journal", paths[0], "--llm-journal", paths[1], "--to", "2099-01-01T00:00:00Z"]


def test_the_command_prints_one_json_object_with_exactly_the_agreed_keys(journals: list[str]) -> None:
    result = CliRunner().invoke(report_command, [*journals, "--format", "json", "--processes-left", "3", *START])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert list(told) == KEYS
    assert (told["mentions"], told["mentions_answered"], told["lost"], told["processes_left"]) == (1, 0, 1, 3)
    assert (told["setup_s"], told["first_message_s"], told["environment_mb"]) == (8.5, None, 390)


def test_broken_promises_go_to_stderr_and_into_the_exit_status(journals: list[str]) -> None:
    result = CliRunner().invoke(report_command, [*journals, "--expect", "demo"])
    assert result.exit_code == 1
    assert "broken promise: 1 of 1 mentions were not answered" in result.stderr
    assert "broken promise" not in result.stdout


def test_unfinished_utterances_are_read_from_a_file(journals: list[str], tmp_path: Path) -> None:
    counts = tmp_path / "counts.json"
    counts.write_text('{"sent": 40, "unknown": 1, "ready": 2, "sending": 1}')
    result = CliRunner().invoke(report_command, [*journals, "--format", "json", "--utterances-json", str(counts)])
    assert json.loads(result.stdout)["lost"] == 1 + 3


@pytest.mark.parametrize("content", ["[]", "{", '{"sent": "many"}', '{"sent": -1}'])
def test_a_wrong_file_of_utterances_is_explained(journals: list[str], tmp_path: Path, content: str) -> None:
    counts = tmp_path / "counts.json"
    counts.write_text(content)
    result = CliRunner().invoke(report_command, [*journals, "--utterances-json", str(counts)])
    assert result.exit_code == 2
    assert "--utterances-json" in result.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [(["--from", "yesterday"], "--from"), (["--to", "5"], "--to"), (["--llm-journal", "/nowhere"], "--llm-journal")],
)
def test_wrong_options_are_named(journals: list[str], options: list[str], named: str) -> None:
    result = CliRunner().invoke(report_command, [*journals, *options])
    assert result.exit_code == 2
    assert named in result.stderr
    assert "Traceback" not in result.stderr
