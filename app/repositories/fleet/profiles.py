"""Profiles for the engine: bot, persona, stances and holdings in one row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.fleet.hours import parse_windows
from app.domain.fleet.persona import BotProfile, HoldingView, StanceView, emotion_from, length_from

QUERY = text("""
select b.id as bot_id, b.username, b.display_name, p.version, p.tone, p.style, p.language, p.timezone,
  p.active, p.prime, p.words_per_minute, p.topics, p.watchlist, p.never_do, p.examples, p.emotion, p.length,
  coalesce((select json_agg(json_build_array(s.topic, s.position, s.confidence, s.cooldown_s) order by s.id)
              from stances s where s.bot_id = b.id), '[]') as stances,
  coalesce((select json_agg(json_build_array(h.symbol, h.quantity, h.average_price) order by h.id)
              from holdings h where h.bot_id = b.id), '[]') as holdings
from bots b join personas p on p.bot_id = b.id
where b.id = any(:bot_ids)
""")


def load_rows(session: Session, bot_ids: Collection[int]) -> list[dict[str, Any]]:
    """Loads the profiles as JSON-ready rows, each with its `version`; deleted bots are left out."""
    return [dict(row._mapping) for row in session.execute(QUERY, {"bot_ids": list(bot_ids)})]


def parse_row(row: dict[str, Any]) -> BotProfile:
    """Converts a row, from Postgres or a cache, to a profile."""
    fields = {key: value for key, value in row.items() if key != "version"}
    fields |= {key: parse_windows(key, row[key]) for key in ("active", "prime")}
    fields |= {"emotion": emotion_from(row["emotion"]), "length": length_from(row["length"])}
    for key in ("topics", "watchlist", "never_do", "examples"):
        fields[key] = tuple(row.get(key, ()))
    fields["stances"] = tuple(StanceView(*stance) for stance in row["stances"])
    fields["holdings"] = tuple(HoldingView(symbol, quantity, price) for symbol, quantity, price in row["holdings"])
    return BotProfile(**fields)
