"""`chorus settings`: runtime settings of the fleet, a chat or a bot."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from app.adapters.clock import SystemClock
from app.cli.installation import open_database
from app.db import SessionFactory, create_session_factory
from app.domain.settings.book import FLEET, Scope
from app.services.fleet.finding import find_bot_id, find_chat_id
from app.services.settings import values as service
from app.services.settings.rows import SettingRow, describe, find_row, list_rows


@click.group("settings", short_help="List, set and take back settings of the fleet, a chat or a bot.")
def settings() -> None:
    """\b
    Examples:
      chorus settings list                             everything, with units and ranges
      chorus settings set max_words 25
      chorus settings set max_words 12 --bot ada_bot   for one bot only
      chorus settings unset max_words --bot ada_bot    the fleet's value again
      chorus settings list --chat 3 --json

    A change is in force within two seconds, without a restart. A bot's own value wins over the chat's, the chat's over
    the fleet's.
    """


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --bot, --chat and --json to a command."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    command = click.option("--chat", help="Of this chat: its number, its Telegram id or its title.")(command)
    return click.option("--bot", help="Of this bot: its number, its @username or its name.")(command)


@settings.command("list", short_help="Show what applies.")
@scope_options
def list_command(bot: str | None, chat: str | None, as_json: bool) -> None:
    """Show every setting: what applies, its default and range, and who changed it."""
    with open_database() as engine:
        sessions = create_session_factory(engine)
        rows = list_rows(sessions, _scope(sessions, bot, chat))
    click.echo(json.dumps([describe(row) for row in rows], indent=2) if as_json else _table(rows))


@settings.command("set", short_help="Store a value.")
@click.argument("key")
@click.argument("value")
@scope_options
def set_command(key: str, value: str, bot: str | None, chat: str | None, as_json: bool) -> None:
    """Store VALUE for setting KEY. For a value that begins with a dash, write -- in front of it."""
    with open_database() as engine:
        sessions = create_session_factory(engine)
        scope = _scope(sessions, bot, chat)
        service.write_settings(sessions, {key: value}, getpass.getuser(), SystemClock(), scope)
        _report(find_row(sessions, key, scope), as_json)


@settings.command("unset", short_help="Take an own value back.")
@click.argument("key")
@scope_options
def unset_command(key: str, bot: str | None, chat: str | None, as_json: bool) -> None:
    """Take the value of setting KEY back: the default applies again, or the fleet's value for a chat or a bot."""
    with open_database() as engine:
        sessions = create_session_factory(engine)
        scope = _scope(sessions, bot, chat)
        if not service.unset_settings(sessions, [key], SystemClock(), scope):
            click.echo(f"{key} had no value of its own", err=True)
        _report(find_row(sessions, key, scope), as_json)


def _scope(sessions: SessionFactory, bot: str | None, chat: str | None) -> Scope:
    if bot and chat:
        raise click.UsageError("Give --bot or --chat, not both.")
    if bot:
        return Scope("bot", find_bot_id(sessions, bot))
    return Scope("chat", find_chat_id(sessions, chat)) if chat else FLEET


def _report(row: SettingRow, as_json: bool) -> None:
    click.echo(json.dumps(describe(row), indent=2) if as_json else _line(row))


def _table(rows: Sequence[SettingRow]) -> str:
    lines: list[str] = []
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", group.upper()] if lines else [group.upper()]
        lines.append(_line(row))
    return "\n".join(lines)


def _line(row: SettingRow) -> str:
    value = f"{_shown(row.value)} {row.unit}".strip()
    told = [f"default {_shown(row.default)}"]
    if row.low is not None and row.high is not None:
        told.append(f"{row.low:g} to {row.high:g}")
    if row.own:
        told.append(f"set by {row.own.updated_by or 'nobody'} {row.own.updated_at:%Y-%m-%d %H:%M} UTC")
    if row.elsewhere:
        told.append("own values: " + ", ".join(f"{item.name} {_shown(item.value)}" for item in row.elsewhere))
    return f"{'*' if row.own else ' '} {row.key:<24} {value:<18} {'; '.join(told)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:g}"
    return value if isinstance(value, str) else ", ".join(value)
