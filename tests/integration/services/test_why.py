"""`chorus why` and `chorus replay`: what they say, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from app.cli.traces import replay as replay_command
from app.cli.traces import why as why_command
from app.db import SessionFactory
from app.domain.behaviour.trace import Step
from app.domain.traces.silence import silent_tick
from app.models import Bot, Chat, TickTrace, Utterance
from app.services.schedule.tick import TickPorts, run_tick
from app.services.settings.values import SettingsReader, write_settings
from app.services.traces.engine import engine_version
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, refetch
from tests.fakes import FakeClock, FakeEvents, FakeQueue, FakeSilence, MemoryCache
from tests.waiting import patience

SURE = {"speak_probability": 1.0, "reply_probability": 1.0, "talk_backoff": 0.0}
"""Every turn is used, for a reply, whoever talks."""


@pytest.fixture
def ports(sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch) -> TickPorts:
    """What ticks need; the commands meet the same database and silence."""
    ports = TickPorts(
        sessions=sessions,
        settings=SettingsReader(sessions, ttl_s=0),
        cache=MemoryCache(),
        queue=FakeQueue(),
        events=FakeEvents(),
        clock=FakeClock(NOW),
        silence=FakeSilence(),
        engine=engine_version(),
    )
    write_settings(sessions, SURE, "test", ports.clock)
    runtime = SimpleNamespace(sessions=sessions, silence=ports.silence, clock=ports.clock)

    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield runtime

    monkeypatch.setattr(why_command, "open_runtime", opened)
    monkeypatch.setattr(replay_command, "open_runtime", opened)
    return ports


@pytest.fixture
def ada(ports: TickPorts) -> Bot:
    return make_bot(ports.sessions)


@pytest.fixture
def markets(ports: TickPorts, ada: Bot) -> Chat:
    chat = make_chat(ports.sessions, ada)
    make_message(ports.sessions, chat, "What of rates\x1b[2J?")
    return chat


@pytest.fixture
def tick_id(ports: TickPorts, ada: Bot, markets: Chat) -> int:
    """A tick in which Ada spoke."""
    run_tick(ports, ada.id, NOW)
    (utterance,) = fetch(ports.sessions, select(Utterance))
    return int(utterance.id)


def why(*words: object) -> Result:
    return CliRunner().invoke(why_command.why, [str(word) for word in words])


def replay(*words: object) -> Result:
    return CliRunner().invoke(replay_command.replay, [str(word) for word in words], standalone_mode=False)


def test_why_tells_what_was_said_and_by_which_rules(ada: Bot, tick_id: int) -> None:
    result = why(ada.username)

    assert result.exit_code == 0, result.output
    assert f"Why it spoke in Markets, 2026-11-22 12:00:00 UTC  (tick {tick_id}, planned)" in result.output
    assert "+ The fleet is running." in result.output
    assert "+ It turns to Markets: chats were drawn by these weights." in result.output
    assert "It answers Person" in result.output
    assert f"Next: chorus replay {tick_id}" in result.output


def test_what_people_wrote_cannot_command_the_terminal(ada: Bot, tick_id: int) -> None:
    assert "What of rates�[2J?" in why(ada.id).output
    assert "\x1b" not in replay(tick_id).output


def test_why_tells_why_a_bot_is_silent(ports: TickPorts, ada: Bot) -> None:
    for _ in range(3):
        run_tick(ports, ada.id, NOW)

    result = why("@" + ada.username.upper())

    assert "Ada was silent in its last 3 turns: The bot is in no enabled chat." in result.output
    assert "Why it was silent 3 times" in result.output
    assert "- It is in no chat." in result.output
    assert "      3  The bot is in no enabled chat." in result.output


def test_turns_in_a_row_with_one_reason_are_told_once(ports: TickPorts, ada: Bot) -> None:
    for reason in ("cooldown", "quiet_turn", "quiet_turn"):
        ports.silence.note(ada.id, silent_tick(NOW, reason, [Step("wants_to_speak", reason)]))

    told = json.loads(why(ada.id, "--json").output)["silent"]

    assert [(each["reason"], each["turns"]) for each in told] == [("quiet_turn", 2), ("cooldown", 1)]


def test_why_finds_a_bot_by_its_name_however_many_are_called_alike(ports: TickPorts, ada: Bot) -> None:
    others = [make_bot(ports.sessions, "Adam") for _ in range(60)]
    with ports.sessions.begin() as session:
        session.execute(update(Bot).where(Bot.id == others[-1].id).values(username="ada"))

    assert json.loads(why("@ada", "--json").output)["bot"]["id"] == others[-1].id
    assert f"{others[-1].id} (@ada, Adam)" in str(why("Ada").exception), "several are called so"
    assert "Did you mean" in str(why("Addam").exception)


def test_why_of_one_chat_leaves_the_others_out(ports: TickPorts, ada: Bot, markets: Chat, tick_id: int) -> None:
    birds = make_chat(ports.sessions, ada, title="Birds")

    assert json.loads(why(ada.id, "--json", "--chat", markets.id).output)["said"][0]["tick_id"] == tick_id
    assert json.loads(why(ada.id, "--json", "--chat", birds.id).output)["said"] == []
    elsewhere = make_chat(ports.sessions, title="Trains")
    assert f"Ada is not in chat {elsewhere.id}." in str(why(ada.id, "--chat", "Trains").exception)
    assert "There is no chat 999." in str(why(ada.id, "--chat", 999).exception)


def test_why_as_json_has_every_step_with_its_code(ada: Bot, tick_id: int) -> None:
    told = json.loads(why(ada.id, "--json").output)

    assert told["bot"] == {"id": ada.id, "username": ada.username, "name": "Ada", "status": "active"}
    (said,) = told["said"]
    assert (said["tick_id"], said["kind"], said["replays"]) == (tick_id, "reply", True)
    assert said["steps"][0] == {
        "rule": "fleet_runs",
        "verdict": "ok",
        "passed": True,
        "text": "The fleet is running.",
    }
    (target,) = (step for step in said["steps"] if step["rule"] == "choose_target")
    assert target["scores"][0]["score"] > 0


def test_a_paused_bot_says_so_first(ports: TickPorts, ada: Bot) -> None:
    with ports.sessions.begin() as session:
        session.execute(update(Bot).values(status="paused"))
    assert json.loads(why(ada.id, "--json").output)["summary"].startswith("Ada is paused")


def test_a_bot_that_is_unknown_or_has_no_past_is_told_so(ports: TickPorts, ada: Bot) -> None:
    assert str(why("nobody_bot").exception) == "There is no bot nobody_bot."
    assert str(why(99).exception) == "There is no bot 99."
    assert "has planned nothing yet. No silent turn of it is known." in why(ada.id).output


def test_a_stored_tick_replays_the_same(tick_id: int) -> None:
    result = replay(tick_id)

    assert result.return_value == 0, result.output
    assert "The same, bit for bit." in result.output
    shown = json.loads(replay(tick_id, "--json").output)
    assert shown["same"] is True
    assert shown["was"] == shown["is"]


def test_another_outcome_is_told_with_both_plans(ports: TickPorts, tick_id: int, tmp_path: Path) -> None:
    file = tmp_path / "tick.json"
    replay(tick_id, "--export", file)
    document = json.loads(file.read_text())
    document["context"]["chats"][0]["settings"]["speak_probability"] = 0.0
    file.write_text(json.dumps(document))

    result = replay("--file", file)

    assert result.return_value == 1
    assert '{"$kind": "Silent", "reason": "quiet_turn"}' in result.output
    assert 'Different. It was {"$kind": "Reply"' in result.output


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_an_exported_tick_replays_the_same_in_a_fresh_process(tick_id: int, tmp_path: Path, hash_seed: str) -> None:
    file = tmp_path / "tick.json"
    assert replay(tick_id, "--export", file).return_value == 0

    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    finished = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "app.cli.main", "replay", "--file", str(file), "--json"],
        env={**bare, "PYTHONHASHSEED": hash_seed, "VAR_DIR": str(tmp_path / "no-installation")},
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    shown = json.loads(finished.stdout)
    assert (shown["tick_id"], shown["same"]) == (tick_id, True)


def test_a_mentions_answer_replays_from_the_file_too(ports: TickPorts, ada: Bot, markets: Chat, tmp_path: Path) -> None:
    mention = make_mention(ports.sessions, ada, make_message(ports.sessions, markets, "Ada?"))
    run_tick(ports, ada.id, NOW, mention.id)
    (utterance,) = fetch(ports.sessions, select(Utterance))
    replay(utterance.id, "--export", tmp_path / "tick.json")
    assert replay("--file", tmp_path / "tick.json").return_value == 0


def test_a_tick_of_another_engine_is_replayed_only_when_asked_for(
    ports: TickPorts, tick_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "tick.json"
    replay(tick_id, "--export", file)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"engine": "0.0.9+abc"}))

    assert "Engine 0.0.9+abc decided this tick, and this is " in str(replay("--file", file).exception)
    assert replay("--file", file, "--any-engine").return_value == 0


def test_a_record_with_fields_of_another_engine_names_them(tick_id: int, tmp_path: Path) -> None:
    file = tmp_path / "tick.json"
    replay(tick_id, "--export", file)
    document = json.loads(file.read_text()) | {"engine": "9.9.9+new"}
    document["context"]["mood"] = "glad"
    file.write_text(json.dumps(document))

    error = str(replay("--file", file, "--any-engine").exception)

    assert "Engine 9.9.9+new wrote this record" in error
    assert "does not know mood" in error


def test_unknown_ticks_and_files_are_told_apart(ports: TickPorts, tick_id: int, tmp_path: Path) -> None:
    assert "There is no trace of tick 424242" in str(replay(424242).exception)
    (tmp_path / "odd.json").write_text("hello")
    assert "is no JSON" in str(replay("--file", tmp_path / "odd.json").exception)
    (tmp_path / "list.json").write_text("[]")
    assert "holds no record" in str(replay("--file", tmp_path / "list.json").exception)
    assert "No such file" in str(replay("--file", tmp_path / "none.json").exception)
    assert "Name one tick" in str(replay().exception)
    assert "Name one tick" in str(replay(tick_id, "--file", tmp_path / "odd.json").exception)
    with ports.sessions.begin() as session:
        session.execute(update(TickTrace).values(record=None))
    assert "has no record" in str(replay(tick_id).exception)


def test_the_stored_engine_is_this_processs_own(ports: TickPorts, tick_id: int) -> None:
    (trace,) = fetch(ports.sessions, select(TickTrace))
    assert trace.engine == engine_version()
    assert refetch(ports.sessions, fetch(ports.sessions, select(Utterance))[0]).notes == []
