"""What the operator hears of dying processes: the first death, a reminder, and the recovery."""

from __future__ import annotations

import pytest

from app.cli.stack.health import COMPLAIN_EVERY_S, STEADY_AFTER_S, Health, describe_exit


def test_the_first_death_is_told_with_its_cause() -> None:
    assert Health().died("web", -9, now=0.0) == "web died (killed by SIGKILL); starting it again"


def test_a_crash_loop_is_told_once_and_then_every_half_minute() -> None:
    health = Health()
    told = [health.died("web", 1, now=float(second)) for second in range(int(COMPLAIN_EVERY_S) + 1)]
    assert [index for index, news in enumerate(told) if news] == [0, int(COMPLAIN_EVERY_S)]
    assert told[-1] == "web keeps dying: 31 times in 30 s, last exit code 1"


def test_a_restarted_process_is_well_only_when_ready_and_steady() -> None:
    health = Health()
    health.died("web", 1, now=0.0)
    assert health.settled("web", now=STEADY_AFTER_S + 1, ready=False) is None
    assert health.settled("web", now=STEADY_AFTER_S - 0.1, ready=True) is None
    assert health.settled("web", now=STEADY_AFTER_S, ready=True) == "web runs again"
    assert health.troubled == ()


def test_recovery_after_several_deaths_says_how_many_starts_it_took() -> None:
    health = Health()
    health.died("web", 1, now=0.0)
    health.died("web", 1, now=1.0)
    assert health.settled("web", now=10.0, ready=True) == "web runs again, after 2 starts"


def test_a_healthy_process_is_not_worth_a_word() -> None:
    assert Health().settled("web", now=5.0, ready=True) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [(None, "exit code unknown"), (0, "exit code 0"), (-15, "killed by SIGTERM"), (-250, "killed by signal 250")],
)
def test_exit_codes_are_said_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words
