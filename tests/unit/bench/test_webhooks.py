"""What the bench of webhooks makes of a run."""

from __future__ import annotations

from bench.webhooks import Conditions, Delivery, Run, measure

GIVEN = Conditions(updates=8, seconds=4, chats=2, bots=2)
ANSWERED = [Delivery(at=1 + number / 2, took=0.01, status=200) for number in range(8)]
STORED = {1: [1, 2], 2: [1, 2]}


def verdicts(deliveries=ANSWERED, stored=STORED, drained_s=1.0) -> set[str]:
    figures = measure("row", Run(GIVEN, deliveries, stored, drained_s, 4))
    return {figure.name for figure in figures if figure.verdict == "MISSED"}


def test_a_run_without_fault_meets_every_target() -> None:
    assert verdicts() == set()


def test_an_update_that_was_not_taken_is_found() -> None:
    refused = [*ANSWERED[1:], Delivery(1, 0.01, 503)]
    assert verdicts(refused) == {"updates answered with 200"}


def test_slow_answers_are_found_however_they_are_ordered() -> None:
    slow = [Delivery(1, 0.2, 200), *ANSWERED[1:]]
    assert verdicts(slow) == {"answered within, p99 (ms)"}


def test_lost_doubled_and_disordered_messages_are_found() -> None:
    assert verdicts(stored={1: [1, 2], 2: [1]}) == {"messages lost"}
    assert verdicts(stored={1: [1, 2, 2], 2: [1, 2]}) == {"messages stored twice"}
    assert verdicts(stored={1: [2, 1], 2: [1, 2]}) == {"chats out of order"}


def test_an_inbox_that_does_not_empty_is_found() -> None:
    assert verdicts(drained_s=float("inf")) == {"inbox empty after (s)"}
