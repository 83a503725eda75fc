"""Chat exports of Telegram Desktop, and people's links between their messages."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.threads.messages import ThreadMessage

FIRST_JUDGED = 1001
"""The first 1,000 messages of a log are context only; links cover the rest."""

LINKS = ".links.json"
Pairs = frozenset[tuple[int, int]]


class BadExport(Exception):
    """A folder or file that cannot be read as chat exports; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Log:
    """One export, oldest message first; `links` is None where it has none."""

    name: str
    messages: tuple[ThreadMessage, ...]
    links: Pairs | None


def read_logs(folder: Path) -> Sequence[Log]:
    """Reads every export of a folder, by name. Raises BadExport."""
    if not folder.is_dir():
        raise BadExport(f"{folder} is no folder. Name one with chat exports: --data DIR")
    files = sorted(file for file in folder.glob("*.json") if not file.name.endswith(LINKS))
    if not files:
        raise BadExport(f"{folder} holds no chat export (NAME.json, as Telegram Desktop writes it)")
    return [read_log(file) for file in files]


def read_log(file: Path) -> Log:
    """Reads one export with the links beside it, if there are any. Raises BadExport."""
    body = _read_json(file)
    entries = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise BadExport(f'{file} is no chat export: it has no list "messages"')
    messages = {message.id: message for message in (_read_message(file, entry) for entry in entries)}
    ordered = tuple(messages[key] for key in sorted(messages))
    links_file = file.with_name(file.name.removesuffix(".json") + LINKS)
    return Log(file.name.removesuffix(".json"), ordered, _read_links(links_file) if links_file.exists() else None)


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadExport(f"{file} cannot be read as JSON: {error}") from None


def _read_links(file: Path) -> Pairs:
    try:
        return frozenset((int(message), int(parent)) for message, parent in _read_json(file))
    except (TypeError, ValueError):
        raise BadExport(f"{file} is no list of pairs [message id, id it answers]") from None


def _read_message(file: Path, entry: Any) -> ThreadMessage:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), int):
        raise BadExport(f'{file} holds a message without a number "id"')
    reply_to = entry.get("reply_to_message_id")
    return ThreadMessage(
        id=entry["id"],
        author=str(entry.get("from") or entry.get("actor") or entry.get("from_id") or ""),
        text=_read_text(entry.get("text")),
        seconds=_read_seconds(file, entry),
        reply_to=reply_to if isinstance(reply_to, int) else None,
        is_service=entry.get("type") == "service",
    )


def _read_text(text: Any) -> str:
    """Returns the plain text of a string, or of a list of strings and entities with a text."""
    parts = text if isinstance(text, list) else [text]
    return "".join(str(part.get("text", "")) if isinstance(part, dict) else str(part or "") for part in parts)


def _read_seconds(file: Path, entry: dict[str, Any]) -> float:
    try:
        if "date_unixtime" in entry:
            return float(int(entry["date_unixtime"]))
        return dt.datetime.fromisoformat(str(entry["date"])).replace(tzinfo=dt.UTC).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadExport(f"{file}: message {entry['id']} has no date that can be read") from None
