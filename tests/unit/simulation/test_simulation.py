"""A simulated day keeps the engine's promises, and is the same day for the same seed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app.domain.settings import FleetSettings
from app.simulation import command
from app.simulation.chats import SEEN
from app.simulation.command import simulate as simulate_command
from app.simulation.figures import figures, gini, lorenz, quantile
from app.simulation.plan import Plan
from app.simulation.run import Run

SMALL = Plan(hours=2, bots=24, chats=4, seed=3, people_per_hour=300)


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run(SMALL)
    run.live()
    return run


@pytest.fixture(scope="module")
def found(run: Run) -> dict[str, Any]:
    return figures(run.tally, "test")


def simulate(*words: object) -> Any:
    return CliRunner().invoke(simulate_command, [str(word) for word in words])


def test_every_bot_takes_about_a_turn_a_minute(found):
    assert found["turns"]["all"] == found["turns"]["silent"] + found["turns"]["spoke"]
    asked = found["mentions"]["asked"]
    assert found["turns"]["all"] - asked == pytest.approx(24 * 120, rel=0.03)


def test_unasked_messages_keep_the_chats_gap(found):
    assert found["least_gap_s"] >= FleetSettings().chat_gap_s


def test_people_who_ask_get_answers_soon(found):
    assert found["mentions"]["asked"] > 20
    assert found["mentions"]["answered_share"] > 0.9
    assert found["mentions"]["median_wait_s"] < 15


def test_sums_agree_however_they_are_counted(found):
    messages = found["messages"]
    assert sum(hour["people"] for hour in found["per_hour"]) == messages["people"]
    assert sum(chat["bots"] for chat in found["per_chat"]) == messages["bots"]
    assert messages["answers"] + messages["replies"] + messages["topics"] == messages["bots"]
    assert sum(row["turns"] for row in found["silence"]) == found["turns"]["silent"]
    assert all(sum(row["by_hour"]) == row["turns"] for row in found["silence"])


def test_memory_does_not_grow_with_time(run):
    assert {len(chat.said) for chat in run.chats.values()} == {SEEN}
    assert all(len(bot.mentions) < 20 for bot in run.bots.values())


def test_every_bot_and_chat_has_a_place():
    stage = Run(Plan(hours=0.1, bots=30, chats=8)).tally.stage
    assert all(place.bot_ids for place in stage.places)
    assert {bot for place in stage.places for bot in place.bot_ids} == set(range(1, 31))


def test_a_stopped_fleet_says_nothing():
    tally = Run(Plan(hours=0.2, bots=5, chats=2, settings=FleetSettings(fleet_paused=True))).live()
    assert sum(map(sum, tally.bots.values())) == 0
    assert {reason for _, reason in tally.silence} == {"fleet_paused"}


def test_the_same_seed_gives_the_same_day_in_any_process_and_another_seed_another():
    words = ["--hours", "0.5", "--bots", "10", "--chats", "2", "--report", "json"]
    argv = [sys.executable, "-m", "app.cli.main", "simulate", *words]
    once, again = (
        subprocess.run(  # noqa: S603
            argv, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "99")
    )
    assert once == again
    assert json.loads(simulate(*words, "--seed", 2).stdout)["messages"] != json.loads(once)["messages"]


def test_settings_can_be_tried_out():
    words = ("--hours", 0.3, "--bots", 6, "--chats", 2, "--people-per-hour", 0, "--report", "json")
    told = json.loads(simulate(*words, "--set", "speak_probability=0").stdout)
    assert told["messages"]["bots"] == 0
    assert told["parameters"]["settings"] == {"speak_probability": 0.0}


@pytest.mark.parametrize("pair", ["moon=1", "speak_probability=2", "speak_probability"])
def test_a_setting_that_does_not_fit_is_named(pair):
    result = simulate("--set", pair)
    assert result.exit_code == 2
    assert pair.split("=")[0] in result.stderr


def test_the_table_names_figures_chats_and_reasons():
    told = simulate("--hours", 0.5, "--bots", 10, "--chats", 2).stdout
    assert "0.5 h, 10 bots, 2 chats, seed 1" in told
    assert "Share of people" in told
    assert "Group 02" in told
    assert "By chance the bot let this turn pass." in told


def test_the_page_stands_alone_with_its_plots(tmp_path: Path):
    pytest.importorskip("matplotlib", reason="pip install 'chorus[reports]'")
    page = tmp_path / "day.html"
    words = ("--hours", 0.5, "--bots", 10, "--chats", 2, "--report", "html")
    assert simulate(*words, "--out", page).exit_code == 0
    text = page.read_text("utf-8")
    assert text.count("<svg ") == 6
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "Messages per hour and chat" in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert simulate(*words).stdout == text


def test_without_matplotlib_the_page_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    result = simulate("--report", "html")
    assert result.exit_code == 1
    assert "pip install 'chorus[reports]'" in result.stderr
    assert simulate("--hours", 0.1, "--bots", 2, "--chats", 1).exit_code == 0


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path):
    result = simulate("--hours", 0.1, "--bots", 2, "--chats", 1, "--out", tmp_path / "no" / "day.txt")
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr


@given(st.lists(st.integers(0, 1000), max_size=30))
def test_gini_lies_between_0_and_1_and_the_curve_below_the_line(counts):
    assert -1e-9 <= gini(counts) < 1
    curve = lorenz(counts)
    assert all(part <= place / max(1, len(counts)) + 1e-9 for place, part in enumerate(curve))


def test_gini_knows_the_extremes():
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([1, 2, 3, 4]) == pytest.approx(0.25)


def test_quantiles_of_counts():
    assert quantile({1: 1, 5: 2, 9: 1}, 0.5) == 5
    assert quantile({1: 1, 5: 2, 9: 1}, 1.0) == 9
    assert quantile({}, 0.5) is None
