from __future__ import annotations

import pytest

from app.domain.prompting.token_rates import TokenRates


def test_before_the_first_report_half_of_the_answers_budget_is_expected():
    assert TokenRates().expect(300, items=4, answer_budget=200) == 400


def test_a_prompt_is_corrected_and_the_usual_answer_expected():
    assert TokenRates(1.2, answer_per_item=25).expect(300, items=4, answer_budget=400) == 460


def test_no_more_than_the_answers_budget_is_expected():
    assert TokenRates(answer_per_item=500).expect(100, items=2, answer_budget=150) == 250


def test_thoughts_are_reserved_beside_the_answer_and_paid_for():
    rates = TokenRates(answer_per_item=25, thoughts=300.0)
    assert rates.expect(100, items=2, answer_budget=150) == 450
    assert rates.longest_answer(150) == 750
    assert TokenRates().longest_answer(150) == 150


@pytest.mark.parametrize(("usual", "tokens", "items"), [(None, 1000, None), (90.0, 1000, 11), (5000.0, 1000, 1)])
def test_how_many_usual_prompts_fit_into_a_request(usual, tokens, items):
    assert TokenRates(total_per_item=usual).items_within(tokens) == items
