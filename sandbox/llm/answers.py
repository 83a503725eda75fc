"""Generates the answer to a request: what is thought and written, altered by faults and habits, and its usage."""

import hashlib
import json
import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.digests import is_digest, sum_up
from sandbox.llm.fault_kinds import UNENFORCED, FaultKind
from sandbox.llm.insights import asks_for_insights, read_lines
from sandbox.llm.instances import make_instance
from sandbox.llm.obedience import obey
from sandbox.llm.prompts import Item
from sandbox.llm.providers import PLAIN, Provider
from sandbox.llm.reasoning import count_thought, is_hidden, write_thought
from sandbox.llm.sentences import compose_all
from sandbox.llm.shapes import in_channels, shape, wrap
from sandbox.llm.spoiling import spoil
from sandbox.llm.tokens import Usage, count_text, cut_to_tokens
from sandbox.llm.wanted import id_name_of, wanted_properties

REFUSAL = "I'm sorry, but I can't help with that request."
PLAIN_SENTENCES = (
    "This is the Chorus sandbox, and I answer in ready-made sentences.",
    "I read your message; as a sandbox I keep my answers short.",
    "The sandbox is listening. Ask it with items and it answers as your personas.",
    "No model stands behind this sentence, only a sandbox for tests and demos.",
)
IN_CONTENT = ("think_block", "channel_marks")
"""Thinking that stands in the content, where a grammar leaves no room for it."""


@dataclass(frozen=True)
class Answer:
    """The one choice of an answer. `content` is None when the request was refused or a tool is called.

    `thought` is shown in the field `thought_field` of the message, `unseen` are tokens thought and shown nowhere;
    `tool` is the function called with `arguments`.
    """

    content: str | None
    refusal: str | None
    finish_reason: str
    usage: Usage
    thought: str = ""
    thought_field: str | None = None
    unseen: int = 0
    tool: str | None = None
    arguments: str = ""
    in_parts: bool = False

    @property
    def said(self) -> str:
        return self.content if self.content is not None else self.refusal or self.arguments


def make_answer(
    request: ChatRequest,
    faults: FaultKind | Collection[FaultKind] | None,
    cached_tokens: int,
    provider: Provider = PLAIN,
    habits: Collection[FaultKind] = (),
) -> Answer:
    """Generates the answer to `request`, cut at its `max_tokens`; tokens are counted as sent and as thought.

    `faults` always apply; `habits` that change the form only where the provider enforces none.
    """
    asked = {faults} if isinstance(faults, str) else set(faults or ())
    enforced = is_enforced(request, provider)
    kinds = asked | {kind for kind in habits if not (enforced and kind in UNENFORCED)}
    rng = random.Random(hashlib.sha256(request.prompt.encode("utf-8", "replace")).digest())
    text = REFUSAL if "refusal" in kinds else _write_content(request, kinds, rng)
    thought = 0
    if not (enforced and provider.reasoning.shown in IN_CONTENT):
        thought = count_thought(request, provider.reasoning, rng)
    return _assemble(request, provider, kinds, text, thought, cached_tokens)


def is_enforced(request: ChatRequest, provider: Provider) -> bool:
    """Whether a grammar holds the answer to the form that the request asks for."""
    if request.tool and provider.tools == "enforced":
        return True
    by_format = {"json_schema": provider.json_schema, "json_object": provider.json_object}
    return by_format.get(request.format) == "enforced"


def _assemble(
    request: ChatRequest, provider: Provider, kinds: set[FaultKind], text: str, thought: int, cached: int
) -> Answer:
    """Fits thinking and text into the allowance, and puts each where the provider shows it."""
    limit, wanted = request.max_tokens, thought + count_text(text)
    thought = thought if limit is None else min(thought, limit)
    left = None if limit is None else limit - thought
    kept = text if left is None or count_text(text) <= left else cut_to_tokens(text, left)
    if "content_filter" in kinds:
        kept = ""
    written, shown = write_thought(thought), provider.reasoning.shown
    usage = Usage(
        request.prompt_tokens, thought + count_text(kept), min(cached, request.prompt_tokens), reasoning=thought
    )
    finish = "length" if limit is not None and wanted > limit else "stop"
    finish = "content_filter" if "content_filter" in kinds else finish
    tells = shown in {"reasoning_content", "reasoning"} and not is_hidden(request, provider.reasoning)
    named = shown if tells and thought else None
    unseen = 0 if named or shown in IN_CONTENT else thought
    parts = "content_parts" in kinds
    base = Answer(kept, None, finish, usage, written if named else "", named, unseen, in_parts=parts)
    if "refusal" in kinds:
        return replace(base, content=None, refusal=kept)
    if thought and shown in IN_CONTENT:
        return replace(base, content=_with_thought(written, kept, shown))
    called = request.tool if provider.tools == "enforced" else None
    if "answer_in_tool_call" in kinds:
        called = called or next(iter(request.tools), "json")
    if called and kept and finish != "content_filter":
        finish = "tool_calls" if finish == "stop" else finish
        return replace(base, content=None, tool=called, arguments=kept, finish_reason=finish)
    return base


def _with_thought(written: str, text: str, shown: str) -> str:
    if shown == "channel_marks":
        return in_channels(written, text)
    return f"<think>\n{written}\n</think>\n\n{text}" if text else f"<think>\n{written}"


def _write_content(request: ChatRequest, kinds: set[FaultKind], rng: random.Random) -> str:
    if request.items is not None:
        wanted = wanted_properties(request)
        id_name = id_name_of(wanted)
        text = shape(_write_items(request, request.items, wanted, kinds, rng), kinds, id_name)
    elif request.schema is not None:
        text = wrap(json.dumps(make_instance(request.schema, rng), ensure_ascii=False), kinds)
    else:
        sentence = "" if "empty_text" in kinds else rng.choice(PLAIN_SENTENCES)
        text = wrap(json.dumps({"answer": sentence}), kinds) if request.format == "json_object" else sentence
    return text[: len(text) * 2 // 3] if "malformed_json" in kinds else text


def _write_items(
    request: ChatRequest,
    items: tuple[Item, ...],
    wanted: dict[str, Any],
    kinds: set[FaultKind],
    rng: random.Random,
) -> list[dict[str, Any]]:
    name = id_name_of(wanted)
    if is_digest(wanted):
        entries = [{name: item.id, **sum_up(item)} for item in items]
    elif asks_for_insights(wanted):
        entries = [{name: item.id, **read_lines(item)} for item in items]
    else:
        extras = {key: schema for key, schema in wanted.items() if key not in {name, "text"}}
        entries = [
            {name: item.id, "text": text} | {key: make_instance(schema, rng) for key, schema in extras.items()}
            for item, text in zip(items, _texts(items, request, kinds), strict=True)
        ]
    return spoil(entries, items, kinds, rng, name) if entries else entries


def _texts(items: tuple[Item, ...], request: ChatRequest, kinds: set[FaultKind]) -> list[str]:
    """Returns the sentences of the items; under `obey`, the texts that messages in an item ordered instead."""
    texts = compose_all(items)
    if "obey" not in kinds:
        return texts
    return [obey(item, request.prompt) or text for item, text in zip(items, texts, strict=True)]
