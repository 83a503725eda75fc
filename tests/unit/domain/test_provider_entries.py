"""The list of providers: what an entry may hold, who answers which lane, and what must not be left without anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.errors import InvalidInput
from app.domain.lanes.lane import Lane
from app.domain.money import FREE, Price
from app.domain.providers.entry import ProviderEntry, answering, check_entry, check_list, has_economy

MAIN = ProviderEntry("openai", "gpt-4o-mini")
OFFICE = ProviderEntry("office", "qwen3", url="http://gpu:8080/v1", purposes=frozenset({"ambient", "bulk"}))
DEAR, CHEAP = (replace(MAIN, model=model, economy=True) for model in ("dear", "cheap"))
PRICES = {"dear": Price(2, 2, 8), "cheap": Price(0.1, 0.1, 0.2)}


def names(entries, lane):
    return [one.model for one in answering(entries, lane, lambda one: PRICES.get(one.model, FREE))]


def test_each_lane_is_answered_by_those_for_its_purpose_in_the_lists_order():
    listed = [OFFICE, MAIN]
    assert names(listed, Lane("chat", "ambient")) == ["qwen3", "gpt-4o-mini"]
    assert names(listed, Lane("chat", "interactive")) == ["gpt-4o-mini"]
    assert names([replace(OFFICE, enabled=False), MAIN], Lane("digest", "bulk")) == ["gpt-4o-mini"]


def test_the_cheapest_economy_model_comes_first_while_a_budget_runs_out_and_never_else():
    listed = [DEAR, MAIN, CHEAP]
    assert names(listed, Lane("chat", "ambient", economy=True)) == ["cheap", "dear", "gpt-4o-mini"]
    assert names(listed, Lane("chat", "ambient")) == ["gpt-4o-mini"]
    assert (has_economy(listed), has_economy([MAIN]), has_economy([replace(DEAR, enabled=False)])) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Open AI"}, "name"),
        ({"name": "a" * 41}, "name"),
        ({"model": " "}, "model"),
        ({"model": "m" * 201}, "model"),
        ({"url": "gpu:8080"}, "url"),
        ({"url": "ftp://gpu/v1"}, "url"),
        ({"url": "http://gpu:99999/v1"}, "url"),
        ({"url": "http://[gpu/v1"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "https://me:secret@gpu/v1"}, "url"),
        ({"url": "https://gpu/v1?key=secret"}, "url"),
        ({"url": "http://gpu/v1\n"}, "url"),
        ({"url": "http://g pu/v1"}, "url"),
        ({"url": "http://999.1.1.1/v1"}, "url"),
        ({"url": "http://[v1.gpu]/v1"}, "url"),
        ({"url": "http://☃/v1"}, "url"),
        ({"sdk": "anthropic"}, "sdk"),
        ({"answer_format": "xml"}, "answer_format"),
        ({"reasoning": "a bit"}, "reasoning"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"tokens_per_minute": 999}, "tokens_per_minute"),
        ({"requests_per_day": -1}, "requests_per_day"),
        ({"tokens_per_day": 10**13}, "tokens_per_day"),
        ({"max_in_flight": 13}, "max_in_flight"),
        ({"purposes": frozenset()}, "purposes"),
        ({"purposes": frozenset({"embeddings"})}, "purposes"),
        ({"price": Price(-1, 0, 0)}, "price"),
        ({"price": Price(float("nan"), 0, 0)}, "price"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field_and_no_secret(changes, field):
    with pytest.raises(InvalidInput) as error:
        check_entry(replace(MAIN, **changes))
    assert error.value.field == field
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["https://gpu-1.lan:8080/v1", "http://10.0.0.7/v1", "http://[::1]:8080/v1"])
def test_addresses_in_every_usual_form_can_be_used(url):
    assert check_entry(replace(OFFICE, url=url)).url == url


def test_what_can_be_used_passes_unchanged():
    assert check_entry(OFFICE) is OFFICE
    check_list([MAIN, OFFICE, CHEAP])


def test_one_model_of_one_name_is_listed_once():
    with pytest.raises(InvalidInput, match="openai:gpt-4o-mini is listed already"):
        check_list([MAIN, replace(MAIN, url="http://gpu/v1")])


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ([OFFICE], "answers to people"),
        ([replace(MAIN, enabled=False)], "answers to people"),
        ([replace(MAIN, economy=True)], "answers to people"),
        ([replace(MAIN, purposes=frozenset({"answers"}))], "messages that nobody asked for"),
    ],
)
def test_somebody_is_left_for_every_purpose(listed, words):
    with pytest.raises(InvalidInput, match=f"nobody would be left for {words}"):
        check_list(listed)
