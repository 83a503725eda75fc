"""Prices, daily budgets, and the order in which the fleet saves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import FREE, MICROS, UNLIMITED, DailyBudget, Price, Saving, micros, saving_of

AMOUNTS = st.integers(0, 10**12)
PRICE = Price(prompt=0.15, cached=0.075, answer=0.6)


def test_a_million_tokens_cost_the_listed_dollars():
    assert PRICE.cost(1_000_000, 0) == 150_000
    assert PRICE.cost(0, 1_000_000) == 600_000
    assert PRICE.cost(1_000_000, 0, 1_000_000) == 75_000


def test_part_of_a_micro_is_rounded_up_so_that_nothing_is_spent_unseen():
    assert PRICE.cost(1, 0) == 1
    assert PRICE.cost(0, 0) == 0
    assert FREE.cost(10**9, 10**9, 5) == 0


def test_more_cached_tokens_than_the_prompt_has_are_not_believed():
    assert PRICE.cost(100, 0, 500) == PRICE.cost(100, 0, 100)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_cache_never_makes_a_request_dearer(tokens_in, tokens_out, cached):
    assert PRICE.cost(tokens_in, tokens_out, cached) <= PRICE.cost(tokens_in, tokens_out)


@pytest.mark.parametrize(
    ("spent", "step"),
    [
        (0, Saving.NONE),
        (6_999, Saving.NONE),
        (7_000, Saving.CHEAPER_MODEL),
        (8_000, Saving.SHORTER),
        (9_000, Saving.FEWER_TURNS),
        (9_500, Saving.ONLY_MENTIONS),
        (9_999, Saving.ONLY_MENTIONS),
        (10_000, Saving.SILENCE),
        (99_999, Saving.SILENCE),
    ],
)
def test_a_budget_that_runs_out_saves_step_by_step(spent, step):
    assert DailyBudget(spent, 10_000).saving is step


@given(AMOUNTS, AMOUNTS, st.integers(1, 10**12))
def test_who_spends_more_never_saves_less(less, more, budget):
    less, more = sorted((less, more))
    assert DailyBudget(less, budget).saving <= DailyBudget(more, budget).saving


@given(AMOUNTS)
def test_without_a_budget_nothing_is_saved_and_everything_fits(spent):
    daily_budget = DailyBudget(spent, 0)
    assert (daily_budget.saving, daily_budget.share, daily_budget.holds(10**15)) == (Saving.NONE, 0.0, True)


@given(AMOUNTS, AMOUNTS, st.integers(1, 10**12))
def test_what_a_purse_holds_does_not_overdraw_it(spent, wanted, budget):
    assert DailyBudget(spent, budget).holds(wanted) is (spent + wanted <= budget)


def test_the_purse_that_is_emptiest_decides():
    assert saving_of((UNLIMITED, DailyBudget(85, 100), DailyBudget(10, 100))) is Saving.SHORTER
    assert saving_of(()) is Saving.NONE


def test_dollars_become_whole_micros():
    assert micros(0.1 + 0.2) == 300_000
    assert micros(10) == 10 * MICROS
