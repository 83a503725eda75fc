"""The price list: what a model costs, what an unlisted one is reckoned at, and files that cannot be used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from app.adapters.llm.prices import load_prices
from app.domain.errors import ConfigError
from app.domain.money import FREE, Price

MINI = Price(0.15, 0.075, 0.60)
SHIPPED = load_prices()


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("openai", "gpt-4o-mini", MINI),
        ("openai", "gpt-4o-mini-2024-07-18", MINI),
        ("openai", "gpt-4o-2024-08-06", Price(2.50, 1.25, 10.0)),
        ("openai", "gpt-4o-2024-05-13", Price(5.0, 5.0, 15.0)),
        ("openai", "gpt-5-mini-2025-08-07", Price(0.25, 0.025, 2.0)),
        ("groq", "openai/gpt-oss-120b", Price(0.15, 0.075, 0.60)),
        ("groq", "llama-3.1-8b-instant", Price(0.05, 0.05, 0.08)),
        ("openai", "gemini-2.5-flash-lite-preview-09-2025", Price(0.10, 0.01, 0.40)),
        ("openai", "sandbox-1", MINI),
    ],
)
def test_a_listed_model_and_its_snapshots_have_their_price(provider: str, model: str, price: Price) -> None:
    assert SHIPPED.of(provider, model, own_server=False) == price
    assert SHIPPED.of(provider, model, own_server=True) == price
    assert SHIPPED.knows(model)


@pytest.mark.parametrize("model", ["gpt-4o-realtime", "gpt-5.5-pro", "gpt-7", "gpt-4o-minimal", ""])
def test_another_model_with_a_listed_name_in_front_is_reckoned_as_the_dearest(model: str) -> None:
    assert not SHIPPED.knows(model)
    price = SHIPPED.of("openai", model, own_server=False)
    assert price == SHIPPED.dearest
    assert price.answer == max(one.answer for table in SHIPPED.prices.values() for one in table.values())


def test_an_unlisted_model_of_an_own_server_is_free() -> None:
    assert SHIPPED.of("openai", "llama3.2:3b", own_server=True) is FREE


def test_the_shipped_list_says_when_it_was_checked_and_discounts_what_is_cached() -> None:
    assert SHIPPED.checked == dt.date(2026, 11, 23)
    for table in SHIPPED.prices.values():
        for name, price in table.items():
            assert 0 < price.cached <= price.prompt <= price.answer, name


def test_an_own_file_extends_the_list_and_wins(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[openai]\n"gpt-4o-mini" = {prompt = 1, answer = 2}\n[mine]\n"m" = {prompt = 0, answer = 0}\n')

    prices = load_prices(file)

    assert prices.of("openai", "gpt-4o-mini", own_server=False) == Price(1.0, 1.0, 2.0)
    assert prices.of("openai", "m", own_server=False) == FREE
    assert prices.of("openai", "gpt-4o", own_server=False) == SHIPPED.of("openai", "gpt-4o", own_server=False)
    assert prices.checked == SHIPPED.checked


def test_a_providers_own_price_comes_before_anothers_of_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text("[here]\nm = {prompt = 1, answer = 2}\n[there]\nm = {prompt = 3, answer = 4}\n")
    prices = load_prices(file)
    assert prices.of("here", "m", own_server=False).answer == 2
    assert prices.of("there", "m", own_server=False).answer == 4


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"[openai\n", "line 1"),
        (b'[openai]\n"m" = 3\n', 'openai."m": must look like'),
        (b'[openai]\n"m" = {prompt = 1}\n', 'openai."m".answer: must be US dollars'),
        (b'[openai]\n"m" = {answer = 1}\n', 'openai."m".prompt: must be US dollars'),
        (b'[openai]\n"m" = {prompt = -1, answer = 1}\n', 'openai."m".prompt: must be US dollars'),
        (b'[openai]\n"m" = {prompt = nan, answer = 1}\n', 'openai."m".prompt: must be US dollars'),
        (b'[openai]\n"m" = {prompt = true, answer = 1}\n', 'openai."m".prompt: must be US dollars'),
        (b'[openai]\n"m" = {prompt = "1", answer = 1}\n', 'openai."m".prompt: must be US dollars'),
        (b'[openai]\n"m" = {prompt = 1, answer = 1, output = 2}\n', 'openai."m".output: is not known; use prompt'),
        (b"openai = 3\n", "openai: must be a table; put [openai]"),
        (b'checked = "today"\n', "checked: must be a day such as"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place_and_the_remedy(
    tmp_path: Path, content: bytes, wanted: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        load_prices(file)
    [problem] = error.value.problems
    assert problem.startswith(f"LLM_PRICES_FILE: {file}: ")
    assert wanted in problem


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_prices(tmp_path / "nowhere.toml")
