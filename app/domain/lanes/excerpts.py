"""What people said in one chat, as the jobs of the bulk lanes ask a model about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.conversation.views import MessageView
from app.domain.prompting import MAX_CHARACTERS


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Messages of one chat for one job to read, oldest first."""

    job_id: int
    chat_title: str
    language: str
    messages: tuple[MessageView, ...]


def build_messages(rules: str, excerpts: Sequence[Excerpt]) -> list[dict[str, str]]:
    """The chat-completion messages of one request that carries all `excerpts`.

    `rules` come first and never change within a version, so that a provider's prompt cache can hold them.
    """
    body = json.dumps({"items": [_describe(one) for one in excerpts]}, ensure_ascii=False, separators=(",", ":"))
    return [{"role": "system", "content": rules}, {"role": "user", "content": body}]


def fingerprint(rules: str, excerpt: Excerpt) -> str:
    """What makes two prompts the same: all of one but its id."""
    return rules + json.dumps(_describe(excerpt) | {"id": ""}, ensure_ascii=False, sort_keys=True)


def _describe(excerpt: Excerpt) -> dict[str, Any]:
    """People are numbered in the order they first speak: no answer needs a name."""
    people = list(dict.fromkeys(message.author for message in excerpt.messages))
    return {
        "id": str(excerpt.job_id),
        "language": excerpt.language,
        "chat": {
            "title": excerpt.chat_title,
            "messages": [
                {"n": n, "from": f"person {people.index(one.author) + 1}", "text": one.text[:MAX_CHARACTERS]}
                for n, one in enumerate(excerpt.messages, start=1)
            ],
        },
    }
