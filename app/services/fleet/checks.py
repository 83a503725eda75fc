"""Validation of operators' input for bots and chats. Every error names the field and says what to do."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import cache

from app.domain.errors import InvalidInput
from app.domain.fleet.hours import parse_windows
from app.repositories.fleet.chats import ChatData
from app.repositories.fleet.personas import HoldingData, StanceData

SUPERGROUP_LIMIT = -1_000_000_000_000
"""Supergroup ids lie below this; ids of basic groups are negative and above it (core.telegram.org/bots/api#chat)."""

_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9._=^-]{0,19}")
_LINE_MAX = 200
_LINES_MAX = 50
_BUDGET_MAX = Decimal(100_000)
_HUNDREDTH, _SMALLEST, _TRILLION = Decimal("0.01"), Decimal("0.00000001"), Decimal(10) ** 12


def check_token(token: str) -> str:
    """Returns the token without surrounding blanks. Raises InvalidInput naming `token`, without quoting it."""
    cleaned = token.strip()
    if not cleaned:
        raise InvalidInput("token", "is empty; copy it from @BotFather's message (/newbot, or /mybots → API Token)")
    if not _TOKEN.fullmatch(cleaned):
        raise InvalidInput(
            "token",
            "is malformed: it must look like 123456789:AA… (digits, a colon, then 35 letters, digits, _ or -); "
            "copy it whole from @BotFather",
        )
    return cleaned


def check_chat_id(raw: str | int) -> int:
    """The id of a supergroup. Raises InvalidInput naming `telegram_chat_id`."""
    text = str(raw).strip()
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise InvalidInput(
            "telegram_chat_id",
            "is malformed: it must be the group's number, such as -1001234567890, and not a name or a link",
        )
    number = int(text)
    if number >= 0:
        raise InvalidInput(
            "telegram_chat_id",
            f"{number} is a person or a bot; a supergroup's id is negative and starts with -100",
        )
    if number >= SUPERGROUP_LIMIT:
        raise InvalidInput(
            "telegram_chat_id",
            f"{number} is a basic group; convert it to a supergroup (group settings → Chat history for new members → "
            "Visible) and use the new id, which starts with -100",
        )
    return number


def check_timezone(timezone: str) -> str:
    """Returns the time zone's name without blanks. Raises InvalidInput naming `timezone`."""
    cleaned = timezone.strip()
    if cleaned not in _zones():
        raise InvalidInput("timezone", f"{timezone!r} is not a time zone; use a name such as Europe/Istanbul or UTC")
    return cleaned


def check_hours(field: str, windows: Iterable[str]) -> tuple[str, ...]:
    """Returns normalized windows, such as 09:00-17:30. Raises InvalidInput naming `field`."""
    return tuple(map(str, parse_windows(field, windows)))


def check_language(language: str) -> str:
    """A language code in lower case. Raises InvalidInput naming `language`."""
    cleaned = language.strip().lower()
    if not _LANGUAGE.fullmatch(cleaned):
        raise InvalidInput("language", "must be a two- or three-letter code such as en or tr")
    return cleaned


def check_title(title: str) -> str:
    """A chat's title on one line. Raises InvalidInput naming `title`."""
    cleaned = " ".join(title.split())
    if not cleaned:
        raise InvalidInput(
            "title", "is empty; type the group's name, or name a bot that is in the group to read it from there"
        )
    if len(cleaned) > 255:
        raise InvalidInput("title", "must have at most 255 characters, as on Telegram")
    return cleaned


def check_lines(field: str, lines: Iterable[str]) -> tuple[str, ...]:
    """Returns the lines without blanks and repeats, in order. Raises InvalidInput naming `field`."""
    kept = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if len(kept) > _LINES_MAX:
        raise InvalidInput(field, f"must have at most {_LINES_MAX} entries")
    if any(len(line) > _LINE_MAX for line in kept):
        raise InvalidInput(field, f"each entry must have at most {_LINE_MAX} characters")
    return kept


def check_chat(data: ChatData) -> ChatData:
    """Returns an operator's chat data with blanks trimmed. Raises InvalidInput naming the field."""
    return replace(
        data,
        title=check_title(data.title),
        language=check_language(data.language),
        topics=check_lines("topics", data.topics),
        timezone=check_timezone(data.timezone),
        quiet=check_hours("quiet", data.quiet),
        daily_budget_usd=check_budget(data.daily_budget_usd),
    )


def check_budget(budget_usd: Decimal | None) -> Decimal | None:
    """Returns a daily budget in US dollars; None is the default. Raises InvalidInput naming `daily_budget_usd`.

    Parts of a cent are refused: rounded, they could become the 0 that means no limit.
    """
    if budget_usd is None:
        return None
    if not 0 <= budget_usd <= _BUDGET_MAX:
        raise InvalidInput("daily_budget_usd", f"must lie between 0 (no limit) and {_BUDGET_MAX} US dollars a day")
    cents = budget_usd.quantize(Decimal("0.01"))
    if cents != budget_usd:
        raise InvalidInput("daily_budget_usd", "must be whole cents, such as 0.25 or 2.50")
    return cents


def parse_budget(text: str) -> Decimal | None:
    """Parses a budget typed by an operator; empty is None. Raises InvalidInput naming `daily_budget_usd`."""
    cleaned = text.strip().replace(",", ".")
    if not cleaned:
        return None
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise InvalidInput("daily_budget_usd", "must be US dollars a day, such as 2.50; leave it empty for the default")
    return check_budget(number)


def check_stances(stances: Sequence[StanceData]) -> tuple[StanceData, ...]:
    """Opinions on distinct topics. Raises InvalidInput naming `stances`."""
    kept: dict[str, StanceData] = {}
    for item in stances:
        topic, position = item.topic.strip(), item.position.strip()
        if not topic or not position:
            raise InvalidInput("stances", "each needs a topic and a position, such as “remote work | in favour | 0.8”")
        if not 0 <= item.confidence <= 1:
            raise InvalidInput("stances", f"{topic}: the confidence must lie between 0 and 1")
        if not 0 <= item.cooldown_s <= 30 * 86_400:
            raise InvalidInput("stances", f"{topic}: the cooldown must lie between 0 and 2592000 seconds (30 days)")
        if topic.casefold() in kept:
            raise InvalidInput("stances", f"{topic} is there twice; keep one of the two")
        confidence = item.confidence.quantize(_HUNDREDTH)
        kept[topic.casefold()] = replace(item, topic=topic, position=position, confidence=confidence)
    return tuple(kept.values())


def check_holdings(holdings: Sequence[HoldingData]) -> tuple[HoldingData, ...]:
    """Positions in distinct symbols. Raises InvalidInput naming `holdings`."""
    kept: dict[str, HoldingData] = {}
    for item in holdings:
        symbol = item.symbol.strip().upper()
        if not _SYMBOL.fullmatch(symbol):
            raise InvalidInput("holdings", f"{item.symbol!r} is not a symbol; use one such as BTC, AAPL or THYAO")
        quantity = _rounded(item.quantity)
        price = None if item.average_price is None else _rounded(item.average_price)
        if not quantity:
            raise InvalidInput("holdings", f"{symbol}: the quantity must lie between 0.00000001 and a trillion")
        if item.average_price is not None and price is None:
            raise InvalidInput("holdings", f"{symbol}: the average price must lie between 0 and a trillion")
        if symbol in kept:
            raise InvalidInput("holdings", f"{symbol} is there twice; add the quantities up")
        kept[symbol] = replace(item, symbol=symbol, quantity=quantity, average_price=price)
    return tuple(kept.values())


def _rounded(number: Decimal) -> Decimal | None:
    """Returns a number as the column holds it, with eight decimals; None for one that it does not hold."""
    rounded = number.quantize(_SMALLEST) if 0 <= number < _TRILLION else _TRILLION
    return rounded if rounded < _TRILLION else None


def parse_decimal(field: str, label: str, text: str) -> Decimal:
    """Parses a finite number with a point or a comma. Raises InvalidInput naming `field`."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise InvalidInput(field, f"{label}: {text.strip()!r} is not a number") from None
    if not number.is_finite():
        raise InvalidInput(field, f"{label}: {text.strip()!r} is not a number")
    return number


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
