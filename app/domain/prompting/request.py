"""The user message of a request: personas and chats once each, then the items that refer to them, then the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.conversation.views import MessageView
from app.domain.prompting.item import MAX_CHARACTERS, TOKENS_PER_WORD, PromptItem
from app.domain.prompting.local_time import describe_time
from app.domain.prompting.token_budget import BYTES_PER_TOKEN, encode, keep_within, tokens_of
from app.domain.prompting.token_rates import TokenRates
from app.domain.prompting.variants import Form

KEYS = '"lines":[],"facts":[],"said_before":[],"thread":[],'
"""What the first line, fact, statement and line of a thread take besides themselves."""

FRAME_TOKENS = 128
"""Of a request beside its rules, its items and their texts: roles, the form of the answer."""

WIDEST = 99
"""The number with which a line is measured, once for its chat and once for a thread."""


@dataclass(slots=True)
class _Chat:
    """One chat of a request: its key, its first item, and the lines that its items show, by their ids at Telegram."""

    key: str
    item: PromptItem
    lines: dict[int, MessageView] = field(default_factory=dict)

    def show(self, lines: Iterable[MessageView]) -> None:
        """Adds lines; their numbers are final once all items have been added."""
        self.lines.update((line.telegram_message_id, line) for line in lines)

    def numbers(self) -> dict[int, int]:
        """Returns the lines' numbers, from 1 for the oldest, by their ids."""
        ordered = sorted(self.lines.values(), key=_when)
        return {line.telegram_message_id: number for number, line in enumerate(ordered, start=1)}

    def describe(self) -> dict[str, Any]:
        """Returns the chat as JSON values."""
        lines = [_line(number, self.lines[line]) for line, number in self.numbers().items()]
        return _without_blanks({"title": self.item.chat_title, "topics": list(self.item.chat_topics), "lines": lines})


def describe_request(items: Sequence[PromptItem], form: Form) -> dict[str, Any]:
    """Returns the body of a request for all `items`, numbered by their places from "1" on.

    What is the same for many messages comes first, for providers that cache prefixes, and the time last. A persona or a
    chat of several items is there once; a chat's lines are shared by items that may all see the same ones.
    """
    personas = _Keys("p")
    told = [form.describe_persona(item.bot) for item in items]
    keys = [personas.key_of(item.bot) for item in items]
    chats = _gather_chats(items, form)
    numbers = {chat.key: chat.numbers() for chat in chats}
    asked = [
        {"id": str(place), "persona": key, "chat": chat.key, **describe_item(item, form, numbers[chat.key])}
        for place, (item, key, chat) in enumerate(zip(items, keys, chats, strict=True), start=1)
    ]
    return {
        "personas": dict(zip(keys, told, strict=True)),
        "chats": {chat.key: chat.describe() for chat in chats},
        "items": asked,
        **_describe_now(items, keys),
    }


def describe_item(item: PromptItem, form: Form, numbers: Mapping[int, int]) -> dict[str, Any]:
    """Returns what belongs to one item only, its task last; `numbers` are those of its chat's lines."""
    thread = _ranges(sorted(numbers[line.telegram_message_id] for line in item.thread))
    return _without_blanks(
        {
            "ref": item.canary,
            "facts": [text[:MAX_CHARACTERS] for text in item.facts],
            "said_before": [text[:MAX_CHARACTERS] for text in item.said_before],
            "task": _without_blanks(
                {
                    "thread": thread,
                    "reply_to": _describe_target(item.target, form, numbers) if item.target else None,
                    "topic": None if item.target else item.topic,
                    "rewrite": item.rewrite,
                    "max_words": item.max_words,
                }
            ),
        }
    )


def fit(item: PromptItem, rates: TokenRates, form: Form) -> PromptItem:
    """Returns the item with as many lines, facts and statements as fit its token budget, measured by itself."""
    item = form.trim(item)
    bare = replace(item, thread=(), messages=(), facts=(), said_before=())
    lines = sorted((*item.thread, *item.messages), key=_when)
    remembered = (*item.facts, *item.said_before)
    budget = rates.within_estimate(_tokens_for(item, rates, form)) * BYTES_PER_TOKEN
    room = budget - len(encode(describe_request([bare], form)).encode()) - len(KEYS)
    measured = [[WIDEST, *_line(WIDEST, line)] for line in lines]
    kept, told = keep_within(room, measured, [text[:MAX_CHARACTERS] for text in remembered])
    cut = {line.telegram_message_id for line in lines[: len(lines) - kept]}
    facts = len(item.facts)
    return replace(
        item,
        thread=tuple(line for line in item.thread if line.telegram_message_id not in cut),
        messages=tuple(line for line in item.messages if line.telegram_message_id not in cut),
        facts=item.facts[:told],
        said_before=item.said_before[: max(0, told - facts)],
    )


def _tokens_for(item: PromptItem, rates: TokenRates, form: Form) -> int:
    """Returns the tokens of an item: its budget, or what a small context leaves beside the rules and the answer."""
    if rates.context is None:
        return item.token_budget
    beside = tokens_of(form.wording.rules) + TOKENS_PER_WORD * item.max_words + FRAME_TOKENS
    return max(1, min(item.token_budget, int(rates.context - beside)))


class _Keys:
    """Short keys for equal values: `prefix` and a number, in the order of their first use."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._found: dict[Hashable, str] = {}

    def key_of(self, value: Hashable) -> str:
        return self._found.setdefault(value, f"{self._prefix}{len(self._found) + 1}")


def _gather_chats(items: Sequence[PromptItem], form: Form) -> list[_Chat]:
    """Returns each item's chat, the same one for items with the same view, with the lines of all of them."""
    keys = _Keys("c")
    chats: dict[str, _Chat] = {}
    found = []
    for place, item in enumerate(items):
        view = item.view if len(items) > 1 else None
        key = keys.key_of(("alone", place) if view is None else view)
        chat = chats.setdefault(key, _Chat(key, item))
        chat.show((*item.thread, *item.messages))
        if item.target is not None and not form.repeats_target:
            chat.show([item.target])
        found.append(chat)
    return found


def _describe_target(target: MessageView, form: Form, numbers: Mapping[int, int]) -> Any:
    if form.repeats_target:
        return [target.author, target.text[:MAX_CHARACTERS]]
    return numbers[target.telegram_message_id]


def _describe_now(items: Sequence[PromptItem], keys: Sequence[str]) -> dict[str, Any]:
    """Returns the local time of the items' personas: one text where it is the same for all, else the personas by it."""
    times: dict[str, list[str]] = {}
    for key, item in dict(zip(keys, items, strict=True)).items():
        if item.now is not None:
            times.setdefault(_local(item.now, item), []).append(key)
    if not times:
        return {}
    return {"now": next(iter(times)) if len(times) == 1 else times}


def _local(now: dt.datetime, item: PromptItem) -> str:
    return describe_time(now, item.bot.timezone)


def _ranges(numbers: Sequence[int]) -> str:
    """Returns ascending numbers as text, runs of them by their ends: "1-4,7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _line(number: int, message: MessageView) -> list[Any]:
    mark = ["bot"] if message.author_bot_id is not None else []
    return [number, message.author, message.text[:MAX_CHARACTERS], *mark]


def _when(message: MessageView) -> tuple[dt.datetime, int]:
    return message.sent_at, message.telegram_message_id


def _without_blanks(values: dict[str, Any]) -> dict[str, Any]:
    """Returns the values without None, empty texts and empty lists."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}
