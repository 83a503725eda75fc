"""Files that Telegram Desktop exported. Whatever reads one does it by this module."""

from __future__ import annotations

import stat
from pathlib import Path

from app.domain.ingest.exports import BadExport, ExportedChat, parse_export


def read_export(path: Path, chat: str | None = None) -> ExportedChat:
    """Reads an export; `chat` names one of its chats where there are several.

    Raises BadExport, or ChatNotChosen, in one sentence that begins with the path.
    """
    try:
        return parse_export(_read(path), chat)
    except BadExport as error:
        raise type(error)(f"{path} {error}") from None


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        data = path.read_bytes() if stat.S_ISREG(mode) else None
    except OSError as error:
        raise BadExport(f"cannot be read ({error.strerror}); give the path of an export's result.json") from None
    except ValueError:
        raise BadExport("cannot be the path of a file; give the path of an export's result.json") from None
    if data is None:
        raise BadExport(
            f"is {'a folder' if stat.S_ISDIR(mode) else 'no plain file'}; name the result.json of an export"
        )
    return data
