"""What the doctor says of prices and of the day's budget."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from app.cli.doctor.money import check_money
from app.cli.doctor.report import Check
from app.config import Settings
from app.db import SessionFactory
from app.models import Spending
from tests.builders import add


def examine(settings: Settings, **changes: Any) -> dict[str, list[Check]]:
    """The findings by name."""
    found: dict[str, list[Check]] = {}
    for check in check_money(settings.model_copy(update=changes)):
        found.setdefault(check.name, []).append(check)
    return found


def test_every_configured_model_has_its_price_told(settings: Settings, sessions: SessionFactory) -> None:
    found = examine(
        settings,
        llm_url=None,
        llm_economy_model="gpt-6-luna",
        llm_fallback_provider="groq",
        llm_fallback_model="llama-3.1-8b-instant",
    )

    assert [(check.status, check.detail.partition(":")[0]) for check in found["price"]] == [
        ("pass", "gpt-4o-mini"),
        ("pass", "gpt-6-luna"),
        ("pass", "llama-3.1-8b-instant"),
    ]
    assert "$0.15 a million tokens in ($0.075 cached), $0.6 out" in found["price"][0].detail


@pytest.mark.parametrize(
    ("url", "wanted"), [("http://127.0.0.1:9/v1", "counts as free"), (None, "reckoned as the dearest, $15")]
)
def test_an_unlisted_model_is_warned_of(settings: Settings, sessions: SessionFactory, url: str, wanted: str) -> None:
    [check] = examine(settings, llm_url=url, llm_model="mystery-9000")["price"]

    assert (check.status, wanted in check.detail) == ("warn", True)
    assert "LLM_PRICES_FILE" in str(check.fix)


def test_a_price_file_that_cannot_be_used_is_a_failure(
    settings: Settings, sessions: SessionFactory, tmp_path: Path
) -> None:
    (tmp_path / "prices.toml").write_text("[openai\n")

    found = examine(settings, llm_prices_file=tmp_path / "prices.toml")

    assert list(found) == ["prices"]
    assert "line 1" in found["prices"][0].detail


def test_the_days_budget_is_told_and_warned_of_when_the_fleet_saves(
    settings: Settings, sessions: SessionFactory
) -> None:
    [calm] = examine(settings)["budget"]
    add(sessions, Spending(day=dt.datetime.now(dt.UTC).date(), scope="fleet", scope_id=0, micros=9_600_000))
    [saving] = examine(settings)["budget"]

    assert (calm.status, calm.detail) == ("pass", "$0.00 spent today (UTC) of $10.00")
    assert (saving.status, saving.detail.endswith("the fleet saves: only mentions")) == ("warn", True)
