"""Chat exports of Telegram Desktop, and people's links between their messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.ingest.exports import BadExport, ExportedMessage
from app.domain.threads.messages import ThreadMessage
from bench.exports import LINKS, find_exports, read_whole

FIRST_JUDGED = 1001
"""The first 1,000 messages of a log are context only; links cover the rest."""

Pairs = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Log:
    """One export, oldest message first; `links` is None where it has none."""

    name: str
    messages: tuple[ThreadMessage, ...]
    links: Pairs | None


def read_logs(folder: Path, chat: str | None = None) -> Sequence[Log]:
    """Reads every export of a folder, by name, of whole accounts the chat of that name. Raises BadExport."""
    return [read_log(file, chat) for file in find_exports(folder)]


def read_log(file: Path, chat: str | None = None) -> Log:
    """Reads one export with the links beside it, if there are any. Raises BadExport."""
    messages = {message.id: _view(message) for message in read_whole(file, chat).messages}
    ordered = tuple(messages[key] for key in sorted(messages))
    links_file = file.with_name(file.name.removesuffix(".json") + LINKS)
    return Log(file.name.removesuffix(".json"), ordered, _read_links(links_file) if links_file.exists() else None)


def _read_links(file: Path) -> Pairs:
    try:
        return frozenset((int(message), int(parent)) for message, parent in json.loads(file.read_bytes()))
    except (OSError, TypeError, ValueError, RecursionError):
        raise BadExport(f"{file} is no list of pairs [message id, id it answers]") from None


def _view(message: ExportedMessage) -> ThreadMessage:
    return ThreadMessage(
        id=message.id,
        author=message.author or message.sender,
        text=message.text,
        seconds=message.seconds,
        reply_to=message.reply_to,
        is_service=message.is_service,
    )
