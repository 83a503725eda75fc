"""Generates the answer to a request: the content, altered by faults, and its usage."""

import hashlib
import json
import random
from dataclasses import dataclass
from typing import Any

from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.digests import is_digest, sum_up
from sandbox.llm.fault_kinds import FaultKind
from sandbox.llm.insights import asks_for_insights, read_lines
from sandbox.llm.instances import make_instance, resolve
from sandbox.llm.obedience import obey
from sandbox.llm.prompts import Item
from sandbox.llm.sentences import compose_all
from sandbox.llm.tokens import Usage, count_text, cut_to_tokens

REFUSAL = "I'm sorry, but I can't help with that request."
PLAIN = (
    "This is the Chorus sandbox, and I answer in ready-made sentences.",
    "I read your message; as a sandbox I keep my answers short.",
    "The sandbox is listening. Ask it with items and it answers as your personas.",
    "No model stands behind this sentence, only a sandbox for tests and demos.",
)
LEAKED_WORDS = 12
LEAST_LEAKED_WORDS = 6
"""Minimum number of words of a message."""


@dataclass(frozen=True)
class Answer:
    """The one choice of an answer. `content` is None when the request was refused."""

    content: str | None
    refusal: str | None
    finish_reason: str
    usage: Usage

    @property
    def said(self) -> str:
        return self.content if self.content is not None else self.refusal or ""


def make_answer(request: ChatRequest, fault: FaultKind | None, cached_tokens: int) -> Answer:
    """Generates the answer to `request`, cut at its `max_tokens`; tokens are counted as sent."""
    text = REFUSAL if fault == "refusal" else _write_content(request, fault)
    limit = request.max_tokens
    kept = text if limit is None or count_text(text) <= limit else cut_to_tokens(text, limit)
    usage = Usage(request.prompt_tokens, count_text(kept), min(cached_tokens, request.prompt_tokens))
    refused = fault == "refusal"
    return Answer(
        content=None if refused else kept,
        refusal=kept if refused else None,
        finish_reason="stop" if kept == text else "length",
        usage=usage,
    )


def _write_content(request: ChatRequest, fault: FaultKind | None) -> str:
    rng = random.Random(hashlib.sha256(request.prompt.encode("utf-8", "replace")).digest())
    if request.items is not None:
        text = json.dumps({"items": _write_items(request, request.items, fault, rng)}, ensure_ascii=False)
    elif request.schema is not None:
        text = json.dumps(make_instance(request.schema, rng), ensure_ascii=False)
    else:
        sentence = "" if fault == "empty_text" else rng.choice(PLAIN)
        text = json.dumps({"answer": sentence}) if request.json_mode else sentence
    return text[: len(text) * 2 // 3] if fault == "malformed_json" else text


def _write_items(
    request: ChatRequest, items: tuple[Item, ...], fault: FaultKind | None, rng: random.Random
) -> list[dict[str, Any]]:
    wanted = _item_properties(request.schema or {})
    if is_digest(wanted):
        entries = [{"id": item.id, **sum_up(item)} for item in items]
    elif asks_for_insights(wanted):
        entries = [{"id": item.id, **read_lines(item)} for item in items]
    else:
        extras = {name: schema for name, schema in wanted.items() if name not in {"id", "text"}}
        entries = [
            {"id": item.id, "text": text} | {name: make_instance(schema, rng) for name, schema in extras.items()}
            for item, text in zip(items, _texts(items, request, fault), strict=True)
        ]
    return _spoil(entries, items, fault, rng) if entries else entries


def _texts(items: tuple[Item, ...], request: ChatRequest, fault: FaultKind | None) -> list[str]:
    """Returns the sentences of the items; under `obey`, the texts that messages in an item ordered instead."""
    texts = compose_all(items)
    if fault != "obey":
        return texts
    return [obey(item, request.prompt) or text for item, text in zip(items, texts, strict=True)]


def _item_properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the properties that the schema requires of every item, by name."""
    items = resolve(schema.get("properties", {}).get("items"), schema)
    entry = resolve(items.get("items"), schema)
    properties = entry.get("properties")
    names = properties if isinstance(properties, dict) else {}
    return {name: {**resolve(names[name], schema)} for name in names}


def _spoil(
    entries: list[dict[str, Any]], items: tuple[Item, ...], fault: FaultKind | None, rng: random.Random
) -> list[dict[str, Any]]:
    place = rng.randrange(len(entries))
    words = next(name for name in ("text", "summary", "insights") if name in entries[place])
    if fault == "missing_item":
        return entries[:place] + entries[place + 1 :]
    if fault == "extra_item":
        return [*entries, {**entries[place], "id": f"extra-{rng.randrange(10**6)}"}]
    if fault == "swapped_ids":
        texts = [entry[words] for entry in entries]
        return [{**entry, words: text} for entry, text in zip(entries, texts[1:] + texts[:1], strict=True)]
    if fault == "empty_text":
        entries[place][words] = ""
    if fault == "leak":
        other = (place + 1) % len(items)
        _add_words(entries[place], _leaked_words(items[other]) or _words_of(entries[other]))
    return entries


def _add_words(entry: dict[str, Any], leaked: str) -> None:
    """Appends words to the text of an entry, or of its first insight."""
    part = entry["insights"][0] if entry.get("insights") else entry
    name = "text" if "text" in part else "summary"
    part[name] = f"{part.get(name, '')} {leaked}"


def _words_of(entry: dict[str, Any]) -> str:
    return str(entry.get("text") or entry.get("summary") or "")


def _leaked_words(other: Item) -> str:
    """Returns text of another item only: a run of the longest line that people wrote in its chat, else its `ref`."""
    longest = max((line.text for line in other.chat.lines if not line.is_bot), key=len, default="")
    words = longest.split()[:LEAKED_WORDS]
    return " ".join(words) if len(words) >= LEAST_LEAKED_WORDS else other.ref
