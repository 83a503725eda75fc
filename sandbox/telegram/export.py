"""Parser of a group's history as exported by Telegram Desktop ("Export chat history", format JSON)."""

import json
import re
import zlib
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """One message of an export; `at` is unix seconds."""

    id: int
    at: float
    from_id: int
    from_name: str
    text: str
    reply_to: int | None


@dataclass(frozen=True, slots=True)
class Export:
    """The messages a replay can post, by time, and how many entries were skipped, by reason."""

    messages: tuple[LoggedMessage, ...]
    skipped: dict[str, int]


def read_export(path: Path) -> Export:
    """Loads an export. Raises ValueError, saying what to do, when the file is missing or is no such export."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read {path} ({error.strerror}); give the path of an export's .json") from None
    except ValueError:
        raise ValueError(f"{path} is not JSON; export the chat from Telegram Desktop in the JSON format") from None
    entries = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError(f'{path} has no "messages" list; export one chat from Telegram Desktop as JSON')
    export = _select(entries)
    if not export.messages:
        raise ValueError(f"{path} has no messages with text; choose an export of a chat in which people wrote")
    return export


def _select(entries: list[Any]) -> Export:
    messages: list[LoggedMessage] = []
    skipped: Counter[str] = Counter()
    for entry in entries:
        read = _read_entry(entry)
        if isinstance(read, str):
            skipped[read] += 1
        else:
            messages.append(read)
    messages.sort(key=lambda message: (message.at, message.id))
    return Export(tuple(spread_minutes(messages)), dict(skipped))


def _read_entry(entry: Any) -> LoggedMessage | str:
    """Returns the message, or why it is skipped."""
    if not isinstance(entry, dict):
        return "malformed"
    if entry.get("type") != "message":
        return "service"
    text = flatten_text(entry.get("text")).strip()
    if not text:
        return "without_text"
    try:
        return LoggedMessage(
            id=int(entry["id"]),
            at=_read_time(entry),
            from_id=_read_sender(entry),
            from_name=str(entry.get("from") or "Deleted Account"),
            text=text,
            reply_to=_read_reply(entry),
        )
    except (KeyError, TypeError, ValueError):
        return "malformed"


def flatten_text(text: Any) -> str:
    """Returns the plain text of an export's `text`: a string, or a list of strings and of entities with a `text`."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        return ""
    parts = (part.get("text") if isinstance(part, dict) else part for part in text)
    return "".join(part for part in parts if isinstance(part, str))


def _read_sender(entry: dict[str, Any]) -> int:
    """Returns the number in "user123"; a sender without an id (a deleted account) gets one made from the name."""
    digits = re.search(r"\d+\Z", str(entry.get("from_id") or ""))
    return int(digits.group()) if digits else 1 + zlib.crc32(str(entry.get("from")).encode())


def _read_time(entry: dict[str, Any]) -> float:
    if "date_unixtime" in entry:
        return float(entry["date_unixtime"])
    stamp = datetime.fromisoformat(entry["date"])
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def _read_reply(entry: dict[str, Any]) -> int | None:
    reply = entry.get("reply_to_message_id")
    return reply if isinstance(reply, int) else None


def spread_minutes(messages: list[LoggedMessage]) -> list[LoggedMessage]:
    """Spreads the messages of each minute evenly over it when the log has no seconds; else keeps the times."""
    if any(message.at % MINUTE_S for message in messages):
        return messages
    spread: list[LoggedMessage] = []
    for minute, group in groupby(messages, key=lambda message: message.at):
        same = list(group)
        spread += [replace(m, at=minute + i * MINUTE_S / len(same)) for i, m in enumerate(same)]
    return spread


def find_densest(messages: tuple[LoggedMessage, ...], window_s: float) -> int:
    """Returns the index of the message that begins the busiest `window_s` seconds of log; the first such."""
    stamps = [message.at for message in messages]
    counts = [bisect_left(stamps, stamp + window_s) - index for index, stamp in enumerate(stamps)]
    return counts.index(max(counts))
