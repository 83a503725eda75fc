"""Today's daily budgets, past days, and the ledger, as operators see them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import redis
from sqlalchemy import Engine, event

from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotFound
from app.domain.money import DailyBudget, Saving
from app.domain.settings import FleetSettings
from app.models import LLMRequest, Message, Spending
from app.repositories.paging import Cursor
from app.services import fleet, money
from app.services.fleet import ChatData
from tests.builders import add, make_bot, make_chat
from tests.integration.services.conftest import FixedClock

SETTINGS = FleetSettings(budget_fleet_usd=10, budget_chat_usd=1, budget_bot_usd=0)
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
TODAY = NOON.date()


@pytest.fixture
def noon(clock: FixedClock) -> FixedClock:
    """Noon of a day."""
    clock.instant = NOON
    return clock


def spend(sessions: SessionFactory, scope: str, scope_id: int, micros: int, day: dt.date = TODAY) -> None:
    add(sessions, Spending(day=day, scope=scope, scope_id=scope_id, micros=micros))


def request(**fields: Any) -> LLMRequest:
    base = {"lane": "chat.ambient", "provider": "openai:m", "model": "m", "prompts": 2, "lease_until": NOON}
    return LLMRequest(**{**base, "outcome": "answered", "created_at": NOON, **fields})


def test_nothing_spent_is_empty_purses(sessions: SessionFactory, noon: FixedClock) -> None:
    make_chat(sessions, make_bot(sessions))

    accounts = money.read_budgets(sessions, SETTINGS, noon)

    assert accounts.fleet.daily_budget == DailyBudget(0, 10_000_000)
    assert (accounts.day, accounts.chats, accounts.bots) == (TODAY, [], [])


def test_the_scarcest_purse_comes_first_and_a_budget_of_its_own_wins(
    sessions: SessionFactory, noon: FixedClock
) -> None:
    rich, poor, default, unlimited = (make_chat(sessions, title=name) for name in ("Rich", "Poor", "Default", "Free"))
    fleet.update_chat(sessions, rich.id, ChatData("Rich", daily_budget_usd=Decimal(100)))
    fleet.update_chat(sessions, poor.id, ChatData("Poor", daily_budget_usd=Decimal("0.10")))
    fleet.update_chat(sessions, unlimited.id, ChatData("Free", daily_budget_usd=Decimal(0)))
    for chat, micros in ((poor, 96_000), (default, 850_000), (unlimited, 5_000_000)):
        spend(sessions, "chat", chat.id, micros)
    spend(sessions, "chat", poor.id, 10, day=TODAY - dt.timedelta(days=1))

    accounts = money.read_budgets(sessions, SETTINGS, noon)

    assert [
        (item.name, item.daily_budget.spent, item.daily_budget.limit, item.own_budget) for item in accounts.chats
    ] == [
        ("Poor", 96_000, 100_000, True),
        ("Default", 850_000, 1_000_000, False),
        ("Rich", 0, 100_000_000, True),
        ("Free", 5_000_000, 0, True),
    ]
    assert [item.daily_budget.saving for item in accounts.chats[:2]] == [Saving.ONLY_MENTIONS, Saving.SHORTER]


def test_bots_have_purses_too(sessions: SessionFactory, noon: FixedClock) -> None:
    bot = make_bot(sessions, "Ada")
    spend(sessions, "bot", bot.id, 300_000)
    assert money.read_budgets(sessions, SETTINGS, noon).bots[0].daily_budget == DailyBudget(300_000, 0)

    fleet.set_bot_budget(sessions, bot.id, Decimal("0.30"))

    account = money.read_budget(sessions, SETTINGS, noon, "bot", bot.id, Decimal("0.30"))
    assert (account.daily_budget.saving, account.own_budget) == (Saving.SILENCE, True)
    assert money.read_budgets(sessions, SETTINGS, noon).bots[0].daily_budget == account.daily_budget


def test_today_counts_who_saves_at_which_step(sessions: SessionFactory, noon: FixedClock, cache: redis.Redis) -> None:
    chats = [make_chat(sessions, title=f"Chat {n}") for n in range(4)]
    for chat, micros in zip(chats, (699_999, 700_000, 760_000, 1_000_000), strict=True):
        spend(sessions, "chat", chat.id, micros)
    bot = make_bot(sessions)
    spend(sessions, "bot", bot.id, 9_000_000)
    spend(sessions, "fleet", 0, 7_100_000)
    said = [
        Message(chat_id=chats[0].id, telegram_message_id=n, bot_id=bot.id, text="x", sent_at=at, created_at=at)
        for n, at in enumerate((NOON, NOON - dt.timedelta(hours=11), NOON - dt.timedelta(hours=13)))
    ]
    add(sessions, *said)

    today = money.read_today(sessions, cache, SETTINGS, noon)

    assert today.fleet.saving is Saving.CHEAPER_MODEL
    assert today.saving == {"chat": {Saving.CHEAPER_MODEL: 2, Saving.SILENCE: 1}, "bot": {}}
    assert today.bot_messages == 2
    assert today.micros_per_thousand == 3_550_000_000


def test_a_second_viewer_within_a_second_costs_no_statement(
    sessions: SessionFactory, noon: FixedClock, cache: redis.Redis, engine: Engine
) -> None:
    first = money.read_today(sessions, cache, SETTINGS, noon)
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    second = money.read_today(sessions, cache, SETTINGS, noon)
    event.remove(engine, "before_cursor_execute", note)

    assert (second, statements) == (first, [])
    assert first.micros_per_thousand is None


def test_every_one_of_the_last_days_has_its_sum(sessions: SessionFactory, noon: FixedClock) -> None:
    spend(sessions, "fleet", 0, 5)
    spend(sessions, "fleet", 0, 7, day=TODAY - dt.timedelta(days=13))
    spend(sessions, "fleet", 0, 9, day=TODAY - dt.timedelta(days=14))
    spend(sessions, "chat", 1, 11, day=TODAY - dt.timedelta(days=1))

    days = money.read_days(sessions, noon)

    assert [day.day for day in days] == [TODAY - dt.timedelta(days=age) for age in range(13, -1, -1)]
    assert [day.micros for day in days if day.micros] == [7, 5]


def test_models_are_summed_up_from_midnight_the_dearest_first(sessions: SessionFactory, noon: FixedClock) -> None:
    add(
        sessions,
        request(answered=2, tokens_in=100, tokens_out=10, tokens_cached=40, cost_micros=5),
        request(outcome="unavailable", cost_micros=0),
        request(outcome="in_flight", cost_micros=3),
        request(model="big", answered=2, cost_micros=900),
        request(answered=2, cost_micros=70, created_at=NOON - dt.timedelta(hours=12, seconds=1)),
    )

    big, small = money.read_models(sessions, noon)

    assert (big.model, big.cost_micros) == ("big", 900)
    assert (small.requests, small.failed, small.prompts, small.answered) == (3, 1, 6, 2)
    assert (small.tokens_in, small.tokens_out, small.tokens_cached, small.cost_micros) == (100, 10, 40, 8)


def test_the_ledger_is_paged_from_the_newest_on_and_back(sessions: SessionFactory) -> None:
    add(sessions, *(request(cost_micros=n) for n in range(5)))

    first = money.list_requests(sessions, Cursor(size=2))
    second = money.list_requests(sessions, Cursor(after=first.next_after, size=2))
    third = money.list_requests(sessions, Cursor(after=second.next_after, size=2))
    back = money.list_requests(sessions, Cursor(before=third.previous_before, size=2))

    assert [[item.cost_micros for item in page.items] for page in (first, second, third)] == [[4, 3], [2, 1], [0]]
    assert (first.previous_before, third.next_after) == (None, None)
    assert back == second


@pytest.mark.parametrize("budget", ["-0.01", "100000.01", "0.001", "0.005"])
def test_a_budget_out_of_range_or_with_parts_of_a_cent_is_refused(sessions: SessionFactory, budget: str) -> None:
    bot, chat = make_bot(sessions), make_chat(sessions)
    with pytest.raises(InvalidInput) as of_bot:
        fleet.set_bot_budget(sessions, bot.id, Decimal(budget))
    with pytest.raises(InvalidInput) as of_chat:
        fleet.update_chat(sessions, chat.id, ChatData("Markets", daily_budget_usd=Decimal(budget)))
    assert of_bot.value.field == of_chat.value.field == "daily_budget_usd"
    assert fleet.get_bot(sessions, bot.id).bot.daily_budget_usd is None


def test_a_budget_goes_back_to_the_default(sessions: SessionFactory) -> None:
    bot = make_bot(sessions)
    assert fleet.set_bot_budget(sessions, bot.id, Decimal("2.5")).bot.daily_budget_usd == Decimal("2.50")
    assert fleet.set_bot_budget(sessions, bot.id, None).bot.daily_budget_usd is None
    with pytest.raises(NotFound):
        fleet.set_bot_budget(sessions, bot.id + 1, None)
