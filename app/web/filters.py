"""Template filters: how values are formatted on pages."""

from __future__ import annotations

import datetime as dt
import math
import zlib
from typing import Any

from flask import Flask
from flask_login import current_user
from markupsafe import Markup, escape

from app.domain.delivery.rate import current_rate_factor, is_rate_limited
from app.domain.money import MICROS
from app.domain.traces.explaining import explain_reason
from app.domain.utterance import NAMED
from app.services.fleet import MemberRecord
from app.web.state import runtime

HUES = 10


def register_filters(app: Flask) -> None:
    """Registers the filters, sets of states and layout values for templates."""
    app.jinja_env.filters.update(
        ago=format_ago,
        when=format_when,
        rate=format_rate,
        initials=initials_of,
        hue=hue_of,
        reason=explain_reason,
        plain_number=plain_number,
        compact=compact_number,
        usd=format_usd,
        lines="\n".join,
    )
    app.jinja_env.globals["states"] = NAMED
    app.context_processor(frame_values)


def frame_values() -> dict[str, Any]:
    """Returns the values that the layout of every page shows: the kill switch and the sandbox banner."""
    if not current_user or not current_user.is_authenticated:
        return {"fleet_paused": False, "sandbox": False}
    port = runtime()
    return {
        "fleet_paused": port.fleet_settings.read().fleet_paused,
        "sandbox": port.sandbox_control is not None,
    }


def format_ago(instant: dt.datetime | None) -> Markup:
    """Returns a <time> element that reads as "3 min ago" or "in 20 s"; pages keep it current."""
    if instant is None:
        return Markup("never")
    stamp = instant.astimezone(dt.UTC)
    text = _distance((dt.datetime.now(dt.UTC) - stamp).total_seconds())
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
        stamp.isoformat(), stamp.strftime("%Y-%m-%d %H:%M:%S UTC"), text
    )


def format_when(instant: dt.datetime | None) -> Markup:
    """Returns a <time> element with hour and minute, which pages convert to the reader's time zone."""
    if instant is None:
        return Markup("")
    stamp = instant.astimezone(dt.UTC)
    return Markup('<time datetime="{}" title="{}" data-clock>{}</time>').format(
        stamp.isoformat(), stamp.strftime("%Y-%m-%d %H:%M:%S UTC"), stamp.strftime("%H:%M")
    )


def format_rate(member: MemberRecord) -> Markup:
    """Formats a bot's send rate in a chat as part of Telegram's usual rate, and its wait after a 429."""
    now = runtime().clock.now()
    told = escape(f"rate {current_rate_factor(member.rate_factor, member.rate_limited_until, now):.0%}")
    if is_rate_limited(member.rate_limited_until, now):
        told += Markup(", rests; goes on {}").format(format_ago(member.rate_limited_until))
    return told


def _distance(seconds: float) -> str:
    size = abs(seconds)
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (float("inf"), 86_400, "d")):
        if size < limit:
            amount = f"{int(size // unit)} {name}"
            break
    if size < 3:
        return "now"
    return f"in {amount}" if seconds < 0 else f"{amount} ago"


def initials_of(name: str) -> str:
    """Returns up to two letters for an avatar."""
    words = [word for word in name.split() if word[:1].isalnum()] or [name.strip() or "?"]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


def hue_of(key: Any) -> Markup:
    """Returns a CSS class for a colour, the same for equal names."""
    return escape(f"hue-{zlib.crc32(str(key).encode()) % HUES}")


def plain_number(value: Any) -> str:
    """Formats a number without trailing zeros or exponent."""
    if value is None:
        return ""
    text = f"{value:f}" if hasattr(value, "as_tuple") or isinstance(value, float) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def compact_number(value: float) -> str:
    """Formats 1234 as 1.2k, as the live counters do."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:.1f}M"
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    if value >= 1000:
        return f"{value / 1000:.1f}k"
    return plain_number(value)


def format_usd(micros: int) -> str:
    """Formats micros as US dollars: cents from one dollar on, two significant digits below it."""
    dollars = micros / MICROS
    if dollars == 0 or abs(dollars) >= 1:
        return f"${dollars:,.2f}"
    places = max(2, 1 - math.floor(math.log10(abs(dollars))))
    return f"${dollars:.{places}f}"
