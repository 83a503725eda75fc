"""Folders of chat exports of Telegram Desktop, for benches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.adapters.exports import read_export
from app.domain.ingest.exports import BadExport, ExportedChat

LINKS = ".links.json"
CHAT_HELP = "Which chat of each export, if they are of whole accounts."


def find_exports(folder: Path) -> Sequence[Path]:
    """Returns the exports of a folder by name, without the links beside them. Raises BadExport."""
    if not folder.is_dir():
        raise BadExport(f"{folder} is no folder. Name one with chat exports: --data DIR")
    files = sorted(file for file in folder.glob("*.json") if not file.name.endswith(LINKS))
    if not files:
        raise BadExport(f"{folder} holds no chat export (NAME.json, as Telegram Desktop writes it)")
    return files


def read_whole(file: Path, chat: str | None = None) -> ExportedChat:
    """Reads an export of which no entry may be left out. Raises BadExport."""
    export = read_export(file, chat)
    for fault in export.faults:
        raise BadExport(f"{file}: {fault.why}")
    return export
