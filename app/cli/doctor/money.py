"""Checks of money: the price of every model in use, and how far the day's budget is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.exc import SQLAlchemyError

from app.adapters.clock import SystemClock
from app.adapters.llm.prices import PriceList, load_prices
from app.adapters.vault import FernetVault
from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.config import Settings
from app.db import create_db_engine, create_session_factory
from app.domain.errors import ConfigError
from app.domain.money import MICROS, DailyBudget, Price, Saving
from app.domain.providers.entry import ProviderEntry
from app.services.money import read_budgets
from app.services.providers.listing import from_environment, read_list
from app.services.settings.values import load_settings

LIST_IT = "enter its price on the Providers page, or list it in the file that LLM_PRICES_FILE names"


def check_money(settings: Settings) -> Iterator[Check]:
    """Checks that each configured model has a price, and how far the fleet's daily budget of today is spent."""
    try:
        prices = load_prices(settings.llm_prices_file)
    except ConfigError as error:
        yield failed("prices", error.problems[0], "correct the file, or unset LLM_PRICES_FILE")
        return
    for entry in _read_entries(settings):
        if entry.enabled:
            yield _check_price(prices, entry)
    yield _check_budget(settings)


def _read_entries(settings: Settings) -> Sequence[ProviderEntry]:
    """Returns the list in force, that of the environment when the database cannot be read."""
    engine = create_db_engine(settings.database_url, pool_size=1)
    vault = FernetVault(settings.encryption_keys.get_secret_value())
    try:
        return read_list(create_session_factory(engine), vault, settings).entries
    except SQLAlchemyError:
        return from_environment(settings).entries
    finally:
        engine.dispose()


def _check_price(prices: PriceList, entry: ProviderEntry) -> Check:
    model, price = entry.model, entry.price or prices.of(entry.sdk, entry.model, entry.own_server)
    if entry.price is not None:
        return passed("price", f"{model}: {_describe(price)}, as listed with its provider")
    if prices.knows(model):
        since = f", list of {prices.checked}" if prices.checked else ""
        return passed("price", f"{model}: {_describe(price)}{since}")
    if entry.own_server:
        return warned("price", f"{model} is not listed: on an own server it counts as free", LIST_IT)
    return warned("price", f"{model} is not listed: reckoned as the dearest, {_describe(price)}", LIST_IT)


def _describe(price: Price) -> str:
    return f"${price.prompt:g} a million tokens in (${price.cached:g} cached), ${price.answer:g} out"


def _check_budget(settings: Settings) -> Check:
    engine = create_db_engine(settings.database_url, pool_size=1)
    sessions = create_session_factory(engine)
    try:
        accounts = read_budgets(sessions, load_settings(sessions), SystemClock())
    except SQLAlchemyError:
        return skipped("budget", "the accounts cannot be read from the database")
    finally:
        engine.dispose()
    daily_budget = accounts.fleet.daily_budget
    if daily_budget.saving is Saving.NONE:
        return passed("budget", _tell(daily_budget))
    fix = "raise “Budget fleet” on the Settings page, or wait for midnight UTC"
    return warned("budget", f"{_tell(daily_budget)}; the fleet saves: {daily_budget.saving.words}", fix)


def _tell(daily_budget: DailyBudget) -> str:
    spent = f"${daily_budget.spent / MICROS:.2f} spent today (UTC)"
    return f"{spent} of ${daily_budget.limit / MICROS:.2f}" if daily_budget.limit else f"{spent}, no limit"
