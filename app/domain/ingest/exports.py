"""Reading of what Telegram Desktop exports as JSON: one chat, or a whole account with its chats."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.analysis.letters import fold_name

EARLIEST_S, LATEST_S = 0.0, 4_102_444_800.0
"""Unix seconds of the years 1970 and 2100: other times are mistakes."""

LISTED = 50
SUPERGROUP_BASE = 1_000_000_000_000
SENDER = re.compile(r"(user|channel|chat)?([0-9]{1,18})")
ADVICE = "export the chat from Telegram Desktop as “Machine-readable JSON”"
UTF16 = f"is UTF-16 text and as such is not JSON; {ADVICE}"
UNPACK = "unpack it and name the result.json in it"
SIGNATURES = (
    (b"PK\x03\x04", f"is a ZIP archive; {UNPACK}"),
    (b"PK\x05\x06", f"is an empty ZIP archive; {ADVICE}"),
    (b"\x1f\x8b", f"is a gzip archive; {UNPACK}"),
    (b"\xff\xfe", UTF16),
    (b"\xfe\xff", UTF16),
)
UNNAMED = {"saved_messages": "Saved Messages", "replies": "Replies", "verification_codes": "Verification Codes"}


class BadExport(ValueError):
    """No export that can be read; the message is a sentence whose subject, the file, stands before it."""


class ChatNotChosen(BadExport):
    """An export of several chats, of which none is named, or none that is in it."""


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    """One message. `seconds` is Unix time; `sender` is its author's id in the export, such as user77 or channel77.

    `reply_to` is the id of a message of the same chat.
    """

    id: int
    seconds: float
    sender: str
    author: str
    text: str
    reply_to: int | None = None
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that cannot be read, and why."""

    why: str
    is_service: bool


@dataclass(frozen=True, slots=True)
class ExportedChat:
    """A chat's messages in the order of the export, and its entries that cannot be read."""

    name: str
    messages: tuple[ExportedMessage, ...]
    faults: tuple[Fault, ...] = ()


def parse_export(data: bytes, chat: str | None = None) -> ExportedChat:
    """Reads an export; `chat` is the name or id of a chat, wanted where there are several.

    Raises BadExport, or ChatNotChosen, which lists the names.
    """
    chosen = _choose(_load(_decode(data)), chat)
    entries = [_read_entry(entry) for entry in chosen["messages"]]
    messages = tuple(entry for entry in entries if isinstance(entry, ExportedMessage))
    return ExportedChat(_name_of(chosen), messages, tuple(entry for entry in entries if isinstance(entry, Fault)))


def find_author_id(sender: str) -> int | None:
    """Returns the Bot API's id of an export's sender, None without one: user77 is 77, channel77 is -1000000000077."""
    found = SENDER.fullmatch(sender)
    if found is None:
        return None
    number = int(found[2])
    return {"channel": -SUPERGROUP_BASE - number, "chat": -number}.get(found[1] or "user", number)


def flatten_text(text: Any) -> str:
    """Returns the plain text of an export's `text`: a string, or a list of strings and of entities with a `text`."""
    parts = text if isinstance(text, list) else [text]
    plain = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return _clean("".join(part for part in plain if isinstance(part, str)))


def _decode(data: bytes) -> str:
    """Returns the text of a file that may be JSON."""
    for signature, problem in SIGNATURES:
        if data.startswith(signature):
            raise BadExport(problem)
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise BadExport(f"is not JSON in UTF-8; {ADVICE}") from None
    if not text:
        raise BadExport(f"is empty and cannot be read as JSON; {ADVICE}")
    if "\x00" in text[:2]:
        raise BadExport(UTF16)
    if text.startswith("<"):
        raise BadExport(f"is HTML, not JSON; {ADVICE}")
    return text


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise BadExport(f"is nested deeper than any export; {ADVICE}") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(text) or error.msg.startswith("Unterminated"):
            raise BadExport(
                "breaks off in the middle and is not JSON; export the chat again, and wait until it is done"
            ) from None
        raise BadExport(f"is not JSON (line {error.lineno}, column {error.colno}); {ADVICE}") from None
    except ValueError:
        raise BadExport(f"holds a longer number than any export; {ADVICE}") from None


def _choose(body: Any, wanted: str | None) -> Mapping[str, Any]:
    """Returns the one chat of the export, or the one of this name or id, in the same letters before folded ones."""
    chats = _chats_in(body)
    if not chats:
        raise BadExport(f'has no list of messages (no list "messages", and no chats with one); {ADVICE}')
    if wanted is None:
        if len(chats) > 1:
            raise ChatNotChosen(f"holds {len(chats)} chats: choose one by its name or id, of {_list(chats)}")
        return chats[0]
    for key in (str, fold_name):
        found = [chat for chat in chats if key(wanted) in (key(_name_of(chat)), str(chat.get("id")))]
        if len(found) == 1:
            return found[0]
        if found:
            raise ChatNotChosen(
                f"holds {len(found)} chats of the name {wanted}: choose one by its id, of {_list(found)}"
            )
    raise ChatNotChosen(f"holds no chat {wanted}: choose one by its name or id, of {_list(chats)}")


def _chats_in(body: Any) -> list[Mapping[str, Any]]:
    """Returns the export itself if it is of one chat, else the chats of the account, and those that were left."""
    if not isinstance(body, dict):
        return []
    if isinstance(body.get("messages"), list):
        return [body]
    parts = [part.get("list") for name in ("chats", "left_chats") if isinstance(part := body.get(name), dict)]
    chats = [chat for part in parts if isinstance(part, list) for chat in part]
    return [chat for chat in chats if isinstance(chat, dict) and isinstance(chat.get("messages"), list)]


def _name_of(chat: Mapping[str, Any]) -> str:
    name = chat.get("name")
    return _clean(name) if isinstance(name, str) and name else UNNAMED.get(str(chat.get("type")), "Deleted Account")


def _list(chats: Sequence[Mapping[str, Any]]) -> str:
    more = f" and {len(chats) - LISTED} more" if len(chats) > LISTED else ""
    return ", ".join(f"“{_name_of(chat)}” ({chat.get('id')})" for chat in chats[:LISTED]) + more


def _read_entry(entry: Any) -> ExportedMessage | Fault:
    if not isinstance(entry, dict):
        return Fault('a message without a number "id"', is_service=False)
    is_service = entry.get("type", "message") != "message"
    number, reply_to = _read_number(entry.get("id")), entry.get("reply_to_message_id")
    if number is None:
        return Fault('a message without a number "id"', is_service)
    seconds = _read_seconds(entry)
    if seconds is None:
        return Fault(f"message {number} has no date that can be read, of 1970 to 2099", is_service)
    return ExportedMessage(
        id=number,
        seconds=seconds,
        sender=_clean(str(entry.get("from_id") or entry.get("actor_id") or "")),
        author=_clean(str(entry.get("from") or entry.get("actor") or "")),
        text=flatten_text(entry.get("text")),
        reply_to=_read_number(reply_to) if entry.get("reply_to_peer_id") is None else None,
        is_service=is_service,
    )


def _read_number(value: Any) -> int | None:
    """Returns a message's id, from a number or its digits."""
    text = str(value) if type(value) in {int, str} else ""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _read_seconds(entry: Mapping[str, Any]) -> float | None:
    try:
        if "date_unixtime" in entry:
            seconds = float(entry["date_unixtime"])
        else:
            stamp = dt.datetime.fromisoformat(str(entry["date"]))
            seconds = (stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return seconds if EARLIEST_S <= seconds < LATEST_S else None


def _clean(text: str) -> str:
    """Removes NUL and halves of surrogate pairs, which no text holds and no server takes."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
