"""The rate before a fault is held against that of the second to fourth minute after it."""

from __future__ import annotations

import pytest

from drills.recovery import Injection, format_recoveries, measure, plot, rate

STEADY = [number / 12 for number in range(12 * 1200)]
"""720 messages a minute for twenty minutes."""


def test_a_steady_fleet_recovers_whole():
    [found] = measure([Injection("nothing", 600.0, 601.0)], STEADY, STEADY)
    assert found.before == pytest.approx(720, abs=1)
    assert found.share == pytest.approx(1, abs=0.01)
    assert found.broken() == []


def test_a_fleet_that_stays_down_breaks_a_promise():
    half = [at for number, at in enumerate(STEADY) if at < 600 or number % 2]
    [found] = measure([Injection("worker killed", 600.0, 601.0)], half, half)
    assert found.share == pytest.approx(0.5, abs=0.01)
    assert [words for words in found.broken() if words.startswith("worker killed")]


def test_the_first_minute_after_a_fault_is_not_judged():
    silent = [at for at in STEADY if not 600 <= at < 660]
    assert measure([Injection("Redis flushed", 600.0, 600.0)], silent, silent)[0].broken() == []


def test_a_fault_that_lasts_is_judged_from_its_end():
    silent = [at for at in STEADY if not 600 <= at < 700]
    assert measure([Injection("latency", 600.0, 660.0)], silent, silent)[0].broken() == []


def test_a_fleet_that_says_too_little_proves_nothing():
    slow = STEADY[::2]
    assert "less than 600" in measure([Injection("nothing", 600.0, 601.0)], slow, slow)[0].broken()[0]
    assert rate([], 0.0, 60.0) == 0.0


def test_the_table_and_the_picture_name_every_fault(tmp_path):
    injections = [Injection("worker killed", 300.0, 301.0), Injection("Redis flushed", 700.0, 700.1)]
    table = format_recoveries(measure(injections, STEADY, STEADY))
    plot(tmp_path / "recovery.svg", injections, STEADY)
    picture = (tmp_path / "recovery.svg").read_text()
    for injection in injections:
        assert injection.name in table
        assert f"<!-- {injection.name} -->" in picture


@pytest.mark.parametrize(("answers", "broken"), [([590.0, 603.0], 0), ([590.0, 606.5], 1), ([590.0], 1)])
def test_people_are_answered_within_five_seconds_of_a_brokers_recovery(answers, broken):
    [refused] = measure([Injection("broker OOM", 585.0, 600.0)], STEADY, answers)
    assert len(refused.broken()) == broken
    assert measure([Injection("Redis flushed", 585.0, 600.0)], STEADY, answers)[0].broken() == []
