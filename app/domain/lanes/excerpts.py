"""Messages of one chat as prompt items of the bulk lanes' jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.conversation.views import MessageView
from app.domain.prompting import MAX_CHARACTERS


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The messages of one chat for one job, oldest first."""

    job_id: int
    chat_title: str
    language: str
    messages: tuple[MessageView, ...]


def build_messages(rules: str, excerpts: Sequence[Excerpt]) -> list[dict[str, str]]:
    """Returns the chat-completion messages of one request that carries all `excerpts`.

    `rules` come first and are constant within a version, so that a provider's prompt cache can hold them.
    """
    body = json.dumps(
        {"items": [_describe(one, str(place)) for place, one in enumerate(excerpts, start=1)]},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return [{"role": "system", "content": rules}, {"role": "user", "content": body}]


def fingerprint(rules: str, excerpt: Excerpt) -> str:
    """Returns the cache key of a prompt: all of it but the id."""
    return rules + json.dumps(_describe(excerpt, ""), ensure_ascii=False, sort_keys=True)


def _line(number: int, people: Sequence[str], message: MessageView) -> list[Any]:
    return [number, people.index(message.author) + 1, message.text[:MAX_CHARACTERS]]


def _describe(excerpt: Excerpt, place: str) -> dict[str, Any]:
    """Returns the prompt item; people are numbered by first message, as no answer needs a name.

    A line is [its number, its writer's number, its words].
    """
    people = list(dict.fromkeys(message.author for message in excerpt.messages))
    lines = [_line(number, people, message) for number, message in enumerate(excerpt.messages, start=1)]
    title = {"title": excerpt.chat_title} if excerpt.chat_title else {}
    return {"id": place, "chat": {**title, "lines": lines}, "language": excerpt.language}
