"""Overridden settings of the fleet, of chats and of bots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.ingest.webhooks import DEFAULT_MODE, MODES
from app.domain.settings.book import FLEET, Scope, parse_scope
from app.models import Setting

UPDATE_MODE = "update_mode"
"""Key of the update mode, which is not one of the numbers of app/domain/settings/."""

EVERYWHERE = text("""
    select s.scope, s.key, s.value, s.updated_by, s.updated_at,
           coalesce(c.title, b.display_name) as name
    from settings s left join chats c on c.id = s.chat_id left join bots b on b.id = s.bot_id
    where s.key <> :update_mode
    order by s.chat_id, s.bot_id
""")


@dataclass(frozen=True, slots=True)
class Override:
    """A stored setting: its value, who changed it last, and when (UTC). `name` is the chat's or the bot's."""

    value: Any
    updated_by: str | None
    updated_at: dt.datetime
    name: str | None = None


def read_values(session: Session) -> dict[Scope, dict[str, Any]]:
    """Every stored value by scope and key, in one statement."""
    rows = session.execute(select(Setting.scope, Setting.key, Setting.value))
    found: dict[Scope, dict[str, Any]] = {}
    for row in rows:
        if scope := parse_scope(row.scope):
            found.setdefault(scope, {})[row.key] = row.value
    return found


def read_overrides(session: Session) -> dict[Scope, dict[str, Override]]:
    """Every stored setting by scope and key, with who changed it and when."""
    found: dict[Scope, dict[str, Override]] = {}
    for row in session.execute(EVERYWHERE, {"update_mode": UPDATE_MODE}):
        if scope := parse_scope(row.scope):
            override = Override(row.value, row.updated_by, row.updated_at, row.name)
            found.setdefault(scope, {})[row.key] = override
    return found


def write_overrides(session: Session, values: Mapping[str, Any], updated_by: str | None, scope: Scope = FLEET) -> None:
    """Stores the values, replacing older ones. The chat or bot of `scope` must exist."""
    if not values:
        return
    where = str(scope)
    rows = [{"scope": where, "key": key, "value": value, "updated_by": updated_by} for key, value in values.items()]
    statement = insert(Setting).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Setting.scope, Setting.key],
            set_={
                "value": statement.excluded.value,
                "updated_by": statement.excluded.updated_by,
                "updated_at": func.now(),
            },
        )
    )


def delete_overrides(session: Session, keys: Collection[str], scope: Scope) -> list[str]:
    """Deletes values; returns the keys of those that were stored."""
    statement = delete(Setting).where(Setting.scope == str(scope), Setting.key.in_(keys)).returning(Setting.key)
    return list(session.scalars(statement))


def read_update_mode(session: Session) -> str:
    """Returns the update mode: `webhook`, `poll` or `telethon`."""
    stored = session.scalar(select(Setting.value).where(Setting.scope == str(FLEET), Setting.key == UPDATE_MODE))
    return stored if stored in MODES else DEFAULT_MODE


def write_update_mode(session: Session, mode: str, updated_by: str | None) -> None:
    """Stores the update mode."""
    write_overrides(session, {UPDATE_MODE: mode}, updated_by)


def respace_ticks(session: Session, now: dt.datetime, interval_s: float, own: Mapping[int, float]) -> None:
    """Stores each bot's mean time between ticks (seconds): its `own`, else `interval_s`.

    Where it changed, a tick further off moves to a random time within the interval.
    """
    session.execute(
        text("""
            update tick_schedule s set interval_s = wanted.interval,
                due_at = least(s.due_at, :now + make_interval(secs => wanted.interval * random()))
            from (
                select t.bot_id, coalesce(own.interval, :interval) as interval
                from tick_schedule t
                left join unnest(cast(:bot_ids as bigint[]), cast(:intervals as float8[])) as own(bot_id, interval)
                    on own.bot_id = t.bot_id
            ) wanted
            where wanted.bot_id = s.bot_id and s.interval_s <> wanted.interval
        """),
        {"now": now, "interval": interval_s, "bot_ids": list(own), "intervals": list(own.values())},
    )
