"""Overridden settings of the fleet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.webhooks import DEFAULT_MODE, MODES
from app.models import Setting

FLEET = "fleet"
UPDATE_MODE = "update_mode"
"""Which way updates come; not one of the numbers of app/domain/settings.py."""


@dataclass(frozen=True, slots=True)
class Override:
    """A stored setting: its value, who changed it last, and when (UTC)."""

    value: Any
    updated_by: str | None
    updated_at: dt.datetime


def read_overrides(session: Session) -> dict[str, Override]:
    """Every stored setting of the fleet by key."""
    rows = session.execute(
        select(Setting.key, Setting.value, Setting.updated_by, Setting.updated_at).where(
            Setting.scope == FLEET, Setting.key != UPDATE_MODE
        )
    )
    return {row.key: Override(row.value, row.updated_by, row.updated_at) for row in rows}


def write_overrides(session: Session, values: Mapping[str, Any], updated_by: str | None) -> None:
    """Stores the values, each in the place of an older one."""
    if not values:
        return
    rows = [{"scope": FLEET, "key": key, "value": value, "updated_by": updated_by} for key, value in values.items()]
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


def read_update_mode(session: Session) -> str:
    """Which way updates come: `webhook`, `poll` or `telethon`."""
    stored = session.scalar(select(Setting.value).where(Setting.scope == FLEET, Setting.key == UPDATE_MODE))
    return stored if stored in MODES else DEFAULT_MODE


def write_update_mode(session: Session, mode: str, updated_by: str | None) -> None:
    """Stores the way in which updates come from now on."""
    write_overrides(session, {UPDATE_MODE: mode}, updated_by)


def respace_ticks(session: Session, now: dt.datetime, interval_s: float) -> None:
    """Gives every bot the mean time `interval_s` (seconds) between turns; a turn further off than that moves nearer."""
    session.execute(
        text(
            "update tick_schedule set interval_s = :interval,"
            " due_at = least(due_at, :now + make_interval(secs => :interval * random()))"
            " where interval_s <> :interval"
        ),
        {"now": now, "interval": interval_s},
    )
