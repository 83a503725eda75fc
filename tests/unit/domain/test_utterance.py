"""The table of an utterance's life: what it promises, and who else holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.utterance import (
    BY_NAME,
    CANCELLABLE,
    COUNTING,
    FINAL,
    LEASED,
    NAMED,
    OPEN,
    TRANSITIONS,
    UNCERTAIN,
    VOICED,
    VOID,
    WAITING,
    Actor,
    State,
    render_diagram,
)
from sandbox.report.command import FINAL_STATES

ARCHITECTURE = Path(__file__).parents[3] / "docs" / "architecture.md"
LEFT_FOR_GOOD = (State.SENT, State.DISCARDED)


def leaving(state: State, actor: Actor | None = None) -> set[State]:
    return {t.after for t in TRANSITIONS if state in t.before and (actor is None or actor in t.actors)}


def test_every_name_is_given_once():
    assert len(BY_NAME) == len(TRANSITIONS)


def test_every_state_is_reached_from_a_birth():
    reached = {t.after for t in TRANSITIONS if not t.before}
    for _ in State:
        reached |= {after for state in reached for after in leaving(state)}
    assert reached == set(State)


@pytest.mark.parametrize("state", OPEN)
def test_no_open_state_is_without_a_sweeper_that_ends_or_frees_it(state):
    assert leaving(state, Actor.SWEEPER)


@pytest.mark.parametrize("state", LEFT_FOR_GOOD)
def test_what_was_said_or_dropped_stays_so(state):
    assert leaving(state) == set()


def test_what_was_given_up_goes_on_by_an_operators_word_only():
    assert {actor for t in TRANSITIONS if State.FAILED in t.before for actor in t.actors} == {Actor.OPERATOR}


def test_only_people_say_again_what_may_have_been_said():
    again = [t for t in TRANSITIONS if State.UNKNOWN in t.before and t.after in OPEN]
    assert {actor for t in again for actor in t.actors} == {Actor.OPERATOR}


def test_nothing_is_cancelled_once_telegram_may_have_it():
    cancelled_by = {t.name: t.before for t in TRANSITIONS if t.after is State.DISCARDED}
    assert {name for name, before in cancelled_by.items() if State.SENDING in before} == set()
    assert not set(CANCELLABLE) & set(UNCERTAIN)


def test_a_send_is_claimed_before_it_can_be_sent_or_lost():
    for state in (State.SENT, State.FAILED, State.UNKNOWN):
        causes = [t for t in TRANSITIONS if t.after is state and t.name != "park"]
        assert {before for t in causes for before in t.before} <= set(UNCERTAIN)


def test_the_sets_part_the_states_as_they_say():
    assert set(OPEN) | set(FINAL) == set(COUNTING) | set(VOID) == set(State)
    assert not set(OPEN) & set(FINAL)
    assert not set(COUNTING) & set(VOID)
    assert set(WAITING) | set(LEASED) == set(OPEN)
    assert not set(WAITING) & set(LEASED)
    assert set(VOICED) <= set(COUNTING)


@pytest.mark.parametrize("name", NAMED)
def test_a_set_is_in_the_order_of_the_way(name):
    assert list(NAMED[name]) == [state for state in State if state in NAMED[name]]


def test_the_sandboxs_judge_knows_the_same_ends():
    assert frozenset(map(str, FINAL)) == FINAL_STATES


def test_the_diagram_of_the_docs_is_that_of_the_table():
    diagram = f"```mermaid\n{render_diagram()}\n```"
    assert diagram in ARCHITECTURE.read_text("utf-8"), f"put this into {ARCHITECTURE.name}:\n{diagram}"
