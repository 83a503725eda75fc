"""The messages of an exported chat that a replay can post, in time."""

import zlib
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from app.adapters import exports
from app.domain.ingest.exports import BadExport, ExportedMessage, find_author_id

MINUTE_S = 60
MADE_UP_IDS = 1 << 52


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """One message of an export; `at` is unix seconds. A negative `from_id` is a channel's or a group's."""

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


def read_export(path: Path, chat: str | None = None) -> Export:
    """Loads an export, of a whole account the chat of that name; raises BadExport, saying what to do."""
    exported = exports.read_export(path, chat)
    skipped = Counter("service" if fault.is_service else "malformed" for fault in exported.faults)
    messages: list[LoggedMessage] = []
    for message in exported.messages:
        if message.is_service or not message.text.strip():
            skipped["service" if message.is_service else "without_text"] += 1
        else:
            messages.append(_log(message))
    if not messages:
        raise BadExport(f"{path} has no messages with text; choose an export of a chat in which people wrote")
    messages.sort(key=lambda message: (message.at, message.id))
    return Export(tuple(spread_minutes(messages)), dict(skipped))


def _log(message: ExportedMessage) -> LoggedMessage:
    return LoggedMessage(
        id=message.id,
        at=message.seconds,
        from_id=find_author_id(message.sender) or _make_up_id(message.author),
        from_name=message.author or "Deleted Account",
        text=message.text.strip(),
        reply_to=message.reply_to,
    )


def _make_up_id(name: str) -> int:
    """Returns an id for a sender without one (a deleted account), above those that Telegram gives."""
    return MADE_UP_IDS + zlib.crc32(name.encode())


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
