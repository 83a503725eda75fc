"""Tolerant parser of Chorus's prompts: the last JSON object with `items` in a prompt, and its parts.

Items refer to the object's `personas` and `chats` by key; an item that holds its own persona or chat is read as well.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MAXIMUM_BAD_STARTS = 200
DEFAULT_MAX_WORDS = 40
MOST_LINES = 1000


@dataclass(frozen=True)
class Stance:
    """An opinion. `confidence` is a share from 0 to 1, None when the prompt gave no number."""

    topic: str
    position: str
    confidence: float | None


@dataclass(frozen=True)
class Persona:
    """The bot that the message is written for."""

    name: str = ""
    tone: str = ""
    style: str = ""
    language: str = "en"
    topics: tuple[str, ...] = ()
    watchlist: tuple[str, ...] = ()
    stances: tuple[Stance, ...] = ()
    holdings: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One message of the chat; `is_bot` when a bot of the fleet said it. `id` is empty where the prompt tells none."""

    id: str
    author: str
    text: str
    is_bot: bool = False


@dataclass(frozen=True)
class Chat:
    """The visible part of the chat: the thread that is answered, then the newest lines."""

    title: str = ""
    topics: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Task:
    """The task of the bot: a reply to `target`, or a message on `topic`."""

    kind: str = "topic"
    target: Line | None = None
    topic: str = ""
    max_words: int = DEFAULT_MAX_WORDS


@dataclass(frozen=True)
class Item:
    """One prompt of a request. `id` is echoed unchanged; `seed` is always the same for the same item.

    `ref` is a word that occurs in this item only, `now` the persona's local time.
    """

    id: Any
    seed: int
    ref: str = ""
    now: str = ""
    persona: Persona = field(default_factory=Persona)
    chat: Chat = field(default_factory=Chat)
    task: Task = field(default_factory=Task)

    @property
    def name(self) -> str:
        """What tells this item from those of other requests: its `ref`, its id where it has none."""
        return self.ref or str(self.id)


def find_items(contents: Sequence[str]) -> tuple[Item, ...] | None:
    """Returns the items of the last JSON object with a list `items` in the messages; None when there is none."""
    for content in reversed(contents):
        found = _last_object_with_items(content)
        if found is not None:
            return tuple(read_item(entry, place, found) for place, entry in enumerate(found["items"]))
    return None


def read_item(entry: object, place: int, body: dict[str, Any] | None = None) -> Item:
    """Parses an item from its JSON and that of its request; missing or mistyped values take their defaults."""
    raw, shared = _object(entry), body or {}
    chat, task = _refer(raw.get("chat"), shared.get("chats")), _object(raw.get("task"))
    lines = _read_lines(chat)
    target = _read_target(task, lines)
    digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).digest()
    return Item(
        id=raw.get("id", str(place)),
        seed=int.from_bytes(digest[:8]),
        ref=_text(raw.get("ref")),
        now=_read_now(shared.get("now"), raw.get("persona")),
        persona=_read_persona(_refer(raw.get("persona"), shared.get("personas"))),
        chat=Chat(_text(chat.get("title")), _names(chat.get("topics")), _order(lines, target, task.get("thread"))),
        task=_read_task(task, target),
    )


def _refer(value: object, shared: object) -> dict[str, Any]:
    """Returns the object itself, or the shared one that has this key."""
    return _object(_object(shared).get(value)) if isinstance(value, str) else _object(value)


def _read_now(value: object, persona: object) -> str:
    """Returns the local time: one text for all, or the texts with the keys of their personas."""
    if isinstance(value, dict):
        return next((_text(time) for time, keys in value.items() if persona in _list(keys)), "")
    return _text(value)


def _read_persona(raw: dict[str, Any]) -> Persona:
    return Persona(
        name=_text(raw.get("name")),
        tone=_text(raw.get("tone")),
        style=_text(raw.get("style")),
        language=_text(raw.get("language")) or "en",
        topics=_names(raw.get("topics")),
        watchlist=_names(raw.get("watchlist")),
        stances=tuple(_read_stance(_stance(stance)) for stance in _list(raw.get("stances"))),
        holdings=_names(raw.get("holdings")) or tuple(map(_text, _object(raw.get("fictional_holdings")))),
        examples=_names(raw.get("examples")),
    )


def _read_stance(raw: dict[str, Any]) -> Stance:
    confidence = raw.get("confidence")
    share = float(confidence) if isinstance(confidence, int | float) else None
    if share is not None and share > 1:
        share /= 100
    return Stance(_text(raw.get("topic")), _text(raw.get("position")), share)


def _stance(value: object) -> dict[str, Any]:
    """Returns a stance as an object; it may be [topic, position, confidence]."""
    return (
        dict(zip(("topic", "position", "confidence"), value, strict=False))
        if isinstance(value, list)
        else _object(value)
    )


def _read_lines(chat: dict[str, Any]) -> dict[int, Line]:
    """Returns the lines of a chat by their numbers: [number, writer, words], with "bot" for a bot, or objects."""
    told = [*_list(chat.get("thread")), *_list(chat.get("messages")), *_list(chat.get("lines"))]
    lines = {}
    for place, raw in enumerate(told, start=1):
        number, line = _numbered(raw, place) if isinstance(raw, list) else (place, _read_line(_object(raw)))
        if line.text:
            lines[number] = line
    return lines


def _numbered(raw: list[Any], place: int) -> tuple[int, Line]:
    number = raw[0] if raw and isinstance(raw[0], int) else place
    _, author, text = [*raw, None, None, None][:3]
    return number, Line("", _text(author), _text(text), "bot" in raw[3:])


def _read_target(task: dict[str, Any], lines: dict[int, Line]) -> Line | None:
    """Returns the message that is answered: a number of a line, [writer, words], or an object."""
    target = task.get("reply_to", task.get("target"))
    if isinstance(target, int) and not isinstance(target, bool):
        return lines.get(target)
    if isinstance(target, list):
        return _numbered([0, *target], 0)[1]
    return _read_line(target) if isinstance(target, dict) else None


def _order(lines: dict[int, Line], target: Line | None, thread: object) -> tuple[Line, ...]:
    """Returns the lines but the target, those of its thread ("1-4,7") first."""
    inside: set[int] = set()
    for part in _text(thread).split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            inside.update(range(int(first), min(int(last or first), MOST_LINES) + 1))
    ordered = sorted(lines.items(), key=lambda pair: pair[0] not in inside)
    return tuple(line for _, line in ordered if line is not target)


def _read_line(raw: dict[str, Any]) -> Line:
    author = raw.get("from")
    return Line(_text(raw.get("id")), _name(author), _text(raw.get("text")), raw.get("is_bot") is True)


def _read_task(raw: dict[str, Any], target: Line | None) -> Task:
    max_words = raw.get("max_words")
    usable = isinstance(max_words, int) and not isinstance(max_words, bool) and max_words > 0
    return Task(
        kind=_text(raw.get("kind")) or ("reply" if target else "topic"),
        target=target,
        topic=_name(raw.get("topic")),
        max_words=int(max_words) if usable and max_words is not None else DEFAULT_MAX_WORDS,
    )


def _last_object_with_items(content: str) -> dict[str, Any] | None:
    decoder = json.JSONDecoder()
    found, at, bad_starts = None, content.find("{"), 0
    while at >= 0 and bad_starts < MAXIMUM_BAD_STARTS:
        try:
            value, end = decoder.raw_decode(content, at)
        except (ValueError, RecursionError):
            bad_starts, end = bad_starts + 1, at + 1
        else:
            found = value if isinstance(value.get("items"), list) else found
        at = content.find("{", end)
    return found


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """Returns the text of a JSON scalar, with lone surrogates, which cannot be encoded, replaced."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).encode("utf-8", "replace").decode().strip()


def _name(value: object) -> str:
    """Returns a name given as text, or as an object that has one."""
    raw = _object(value)
    return _text(raw.get("name") or raw.get("symbol") or raw.get("topic") or raw.get("first_name") or "") or _text(
        value
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(name for name in map(_name, _list(value)) if name)
