"""Payloads of the API's responses, JSON-ready."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from app.domain.delivery.rate import current_rate_factor, is_rate_limited
from app.domain.money import MICROS
from app.repositories.lanes.ledger import ModelTotal, RequestRecord
from app.repositories.money.payers import DaySpent
from app.services import money
from app.services.fleet import (
    BotRecord,
    BotView,
    ChatPage,
    ChatRecord,
    MemberRecord,
)
from app.services.fleet.rests import RestRecord
from app.services.utterances.unknown_sends import UnknownSend


def show_bot(bot: BotRecord) -> dict[str, Any]:
    """A bot in a list; `problem` says what keeps its updates away, in `words` too."""
    shown: dict[str, Any] = jsonable(asdict(bot))
    return {**shown, "problem": {**shown["problem"], "words": bot.problem.words}} if bot.problem else shown


def show_bot_view(view: BotView, now: dt.datetime) -> dict[str, Any]:
    """A bot with its related rows as of `now`. The portfolio is marked as fiction."""
    return {
        **show_bot(view.bot),
        "persona": jsonable({**asdict(view.persona), "version": view.persona_version}),
        "stances": jsonable([asdict(item) for item in view.stances]),
        "fictional_holdings": jsonable([asdict(item) for item in view.holdings]),
        "memberships": [{"chat_id": m.chat_id, "title": m.chat_title, **_membership(m, now)} for m in view.memberships],
        "warnings": list(view.warnings),
    }


def show_chat(chat: ChatRecord) -> dict[str, Any]:
    """A chat in a list."""
    return {key: jsonable(value) for key, value in asdict(chat).items()}


def show_chat_page(page: ChatPage, now: dt.datetime) -> dict[str, Any]:
    """A chat with its members as of `now`, and the insights on its newest messages."""
    members = [{"bot_id": m.bot_id, "username": m.username, **_membership(m, now)} for m in page.members]
    insights = jsonable([asdict(insight) for insight in page.insights])
    return {**show_chat(page.chat), "bots": members, "insights": insights, "warnings": list(page.warnings)}


def _membership(member: MemberRecord, now: dt.datetime) -> dict[str, Any]:
    """A member; `rate_factor` is the part of Telegram's usual rate, `rests_until` is set after a 429."""
    return {
        "status": member.status,
        "status_reason": member.status_reason,
        "rate_factor": round(current_rate_factor(member.rate_factor, member.rate_limited_until, now), 3),
        "rests_until": jsonable(member.rate_limited_until if is_rate_limited(member.rate_limited_until, now) else None),
    }


def show_unknown_send(send: UnknownSend) -> dict[str, Any]:
    """A send whose outcome is unknown."""
    return {key: jsonable(value) for key, value in asdict(send).items()}


def show_rests(rests: Sequence[RestRecord]) -> list[dict[str, Any]]:
    """Places that rest; a `bot_id` of null is every bot's."""
    return [{**jsonable(asdict(rest)), "place": rest.place} for rest in rests]


def show_money(accounts: money.BudgetReport, days: Sequence[DaySpent], models: Sequence[ModelTotal]) -> dict[str, Any]:
    """Today's daily budgets, past days, and today's models. Amounts are US dollars; a budget of null is no limit."""
    return {
        "day": accounts.day.isoformat(),
        "fleet": show_budget(accounts.fleet),
        "chats": [show_budget(item) for item in accounts.chats],
        "bots": [show_budget(item) for item in accounts.bots],
        "days": [{"day": item.day.isoformat(), "spent_usd": item.micros / MICROS} for item in days],
        "models": [_dollars(asdict(item)) for item in models],
    }


def show_budget(account: money.BudgetStatus) -> dict[str, Any]:
    """A daily budget of today; `saves` is its step of saving."""
    daily_budget = account.daily_budget
    return {
        "id": account.scope_id,
        "name": account.name,
        "spent_usd": daily_budget.spent / MICROS,
        "budget_usd": daily_budget.limit / MICROS if daily_budget.limit else None,
        "own_budget": account.own_budget,
        "share": round(daily_budget.share, 4),
        "saves": daily_budget.saving.words,
    }


def show_request(record: RequestRecord) -> dict[str, Any]:
    """A row of the ledger."""
    return _dollars({key: jsonable(value) for key, value in asdict(record).items()})


def _dollars(values: dict[str, Any]) -> dict[str, Any]:
    cost = values.pop("cost_micros")
    return {**values, "cost_usd": cost / MICROS}


def jsonable(value: Any) -> Any:
    """Converts times to ISO 8601 in UTC, decimals to text, tuples to lists."""
    if isinstance(value, Mapping):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    return value
