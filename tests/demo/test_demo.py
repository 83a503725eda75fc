"""The main job end to end: beat, real Celery workers, Postgres, Redis and both sandboxes, without a terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli.demo.demo_fleet import make_demo_fleet
from app.logs import vocabulary
from app.logs.rendering import MARGIN
from tests.demo.running import Demo
from tests.waiting import patience

KEYS = """
    seconds bots chats people_messages mentions mentions_answered bot_messages from_ticks bots_that_spoke distinct_texts
    said_twice lost unknown telegram_429 llm_429 llm_requests prompts_per_request mention_to_request_p95_s
    mention_to_sent_p95_s_less_typing processes_left setup_s first_message_s environment_mb
""".split()


OWN_FORM = ("postgres", "redis-broker", "redis-cache")
"""Servers that are not ours keep formats of their own."""

LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<level>debug|info|warning|error|critical) "
    r"(?P<process>[\w-]+) (?P<event>[\w.]+)(?P<rest>(?: \w+=(?:[^\s\"=]+|\"(?:[^\"\\]|\\.)*\"))*)"
)
PAIR = re.compile(r" (?P<key>\w+)=(?:\"(?:[^\"\\]|\\.)*\"|\S+)")
STEPS = frozenset({"planned", "generating", "rewritten", "ready", "sending", "sent", "failed", "unknown", "discarded"})
BEGUN = ["planned", "generating"]


def grep(folder: Path, word: str) -> str:
    """What the command of docs/operations.md prints."""
    found = subprocess.run(["grep", "-rhw", word, str(folder)], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return "\n".join(sorted(found.stdout.splitlines()))


def make_export(folder: Path) -> Path:
    """A chat export of three people and two minutes."""
    lines = [
        {
            "id": number,
            "type": "message",
            "date": f"2026-01-01T10:0{number // 20}:{number % 20 * 3:02d}",
            "from": ("Kim", "Lou", "Max")[number % 3],
            "from_id": f"user{number % 3 + 50}",
            "text": f"Line {number} about the weather, who agrees?" if number % 5 else "",
        }
        for number in range(1, 40)
    ]
    file = folder / "result.json"
    file.write_text(json.dumps({"name": "Weather", "type": "private_supergroup", "id": 99, "messages": lines}))
    return file


def broken_promises(log: str) -> list[str]:
    """Those that the judge names, but for times: a machine that runs other tests beside this one keeps none."""
    told = [line for line in log.splitlines() if line.lstrip().startswith("broken promise")]
    return [line for line in told if "95% took" not in line]


@dataclass(frozen=True)
class Played:
    """A demo that is over: its report, what it told its operator, and the folder of its logs."""

    report: dict[str, Any]
    told: str
    logs: Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The one demo that all tests of this module look at."""
    folder = tmp_path_factory.mktemp("demo")
    demo = Demo.begin(folder, "--for", "40", "--replay", str(make_export(folder)), "--speed", "4")
    try:
        report = demo.finish(within_s=150)
    finally:
        demo.end()
    return Played(report, demo.log, folder / "var" / "log")


@pytest.mark.stack
@pytest.mark.timeout(200)
@pytest.mark.xdist_group("demo")
def test_the_fleet_talks_and_every_promise_but_those_of_time_is_kept(played):
    report = played.report
    assert not broken_promises(played.told), played.told
    assert [key for key in report if key != "states"] == KEYS
    assert report["mentions_answered"] == report["mentions"] >= 5
    assert report["people_messages"] > report["mentions"]
    assert report["states"]["sent"] >= report["bot_messages"] == report["distinct_texts"]
    assert 0 < report["first_message_s"] < 150
    assert f"First message {report['first_message_s']:.1f} s after the start" in played.told


@pytest.mark.stack
@pytest.mark.timeout(200)
@pytest.mark.xdist_group("demo")
def test_every_process_of_ours_writes_lines_of_one_form_with_keys_of_one_vocabulary(played):
    files = [file for file in sorted(played.logs.glob("*.log")) if file.stem not in OWN_FORM]
    assert {"web", "worker-io0", "worker-ticks0", "sandbox-llm", "sandbox-telegram", "people", "supervisor"} <= {
        file.stem for file in files if file.stat().st_size
    }
    for file in files:
        for line in file.read_text().splitlines():
            if line.startswith(MARGIN):
                continue
            found = LINE.fullmatch(line)
            assert found, f"{file.name}: {line}"
            assert found["process"] == file.stem, line
            assert {pair["key"] for pair in PAIR.finditer(found["rest"])} <= vocabulary.KEYS.keys(), line


@pytest.mark.stack
@pytest.mark.timeout(200)
@pytest.mark.xdist_group("demo")
def test_one_grep_for_an_utterances_id_prints_its_life_over_all_processes(played):
    sent = {int(number) for number in re.findall(r" sent utterance=(\d+) ", grep(played.logs, "utterance"))}
    assert len(sent) == played.report["states"]["sent"]
    processes = set()
    for number in sent:
        lines = [LINE.fullmatch(line) for line in grep(played.logs, f"utterance={number}").splitlines()]
        assert all(lines)
        steps = [line["event"] for line in lines if line["event"] in STEPS]
        begun = (
            ["ready"]
            if any("kind=command" in line["rest"] or "kind=reaction" in line["rest"] for line in lines)
            else BEGUN
        )
        assert steps[: len(begun)] == begun, steps
        assert steps[-2:] == ["sending", "sent"], steps
        processes.update(line["process"] for line in lines)
    assert processes == {"worker-io0", "worker-ticks0"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("not json", "is not JSON"),
        ("[]", "no list of messages"),
        ('{"messages": [{"id": 1, "type": "service", "date": "2026-01-01T10:00:00"}]}', "--replay"),
    ],
)
def test_a_file_that_is_no_chat_export_is_refused_at_once(tmp_path, content, told):
    file = tmp_path / "export.json"
    file.write_text(content)
    argv = [sys.executable, "-m", "app.cli.main", "demo", "--var", str(tmp_path / "var"), "--for", "5"]
    argv += ["--replay", str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=patience(20), check=False)  # noqa: S603
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_every_bot_of_a_large_cast_has_a_name_of_its_own():
    fleet = make_demo_fleet(600, 60)
    assert len({bot.display_name for bot in fleet.bots}) == len({bot.username for bot in fleet.bots}) == 600
    assert {chat_id for _, chat_id in fleet.memberships} == {chat_id for chat_id, _, _ in fleet.chats}
    assert all(len(bot.username) <= 32 for bot in fleet.bots)
