"""Answers as models write them: the forms of their items, their mistakes in JSON, and what they put around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from app.domain.prompting.rules import schema

SCHEMA = schema(2)

Texts = Mapping[str, str]

SECRET = "SECRET"
"""Stands in all reasoning, and in no text."""

BITS = (
    *"{}[],:'\"\\\n",
    *("hello ", "it's ", '"quoted" ', "// no comment ", "# 1 ", "ğüş ", "😀", "```", "null "),
    *('{"id": "2", "text": "another"}', "{'id': '1', 'text': 'another'}", '"}, {"id": "3", "text": "', "'}]"),
)

plain_texts = st.lists(st.sampled_from(("hello ", "calm ", "ğüş ", "one, two: ", "three. ")), min_size=1, max_size=4)
any_texts = st.lists(st.sampled_from(BITS), max_size=6)


def answers_of(bits: st.SearchStrategy[list[str]], most: int = 4) -> st.SearchStrategy[dict[str, str]]:
    """Texts by id; each begins and ends with letters that no other one holds."""
    texts = st.lists(bits.map("".join), min_size=1, max_size=most)
    return texts.map(lambda all_texts: {str(n + 1): _between(n + 1, text) for n, text in enumerate(all_texts)})


def _between(number: int, text: str) -> str:
    return f"a{number}b {text} y{number}z"


def _items(texts: Texts) -> list[dict[str, Any]]:
    return [{"id": item_id, "text": text} for item_id, text in texts.items()]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(texts: Texts, write: Callable[[Any], str], tail: str, between: str = ",") -> str:
    return '{"items": [' + between.join(write(item) for item in _items(texts)) + tail


STRICT: dict[str, Callable[[Texts], str]] = {
    "strict": lambda texts: _dump({"items": _items(texts)}),
    "indented": lambda texts: json.dumps({"items": _items(texts)}, indent=2),
    "list": lambda texts: _dump(_items(texts)),
    "keyed": lambda texts: _dump(dict(texts)),
    "keyed_objects": lambda texts: _dump({"items": {one: {"text": text} for one, text in texts.items()}}),
    "keyed_list": lambda texts: _dump([{one: text} for one, text in texts.items()]),
    "wrapped": lambda texts: _dump({"response": {"items": _items(texts)}}),
    "odd_ids": lambda texts: _dump([{"id": f"#{one}", "text": text} for one, text in texts.items()]),
    "numbers": lambda texts: _dump({"results": [{"id": int(one), "text": text} for one, text in texts.items()]}),
    "double_encoded": lambda texts: _dump(_dump({"items": _items(texts)})),
    "encoded_list": lambda texts: _dump({"items": _dump(_items(texts))}),
    "tool_call": lambda texts: _dump({"name": "answer", "arguments": _dump({"items": _items(texts)})}),
    "run_on_lists": lambda texts: "".join(_dump([item]) for item in _items(texts)),
    "run_on_objects": lambda texts: "".join(_dump({"items": [item]}) for item in _items(texts)),
    "json_lines": lambda texts: "\n".join(_dump(item) for item in _items(texts)),
}
"""Forms in which every text is read, whatever it holds."""

MENDED: dict[str, Callable[[Texts], str]] = {
    "trailing_commas": lambda texts: _lines(texts, lambda item: _dump(item)[:-1] + ",}", ",]}"),
    "python": lambda texts: repr({"items": _items(texts), "done": True, "more": None}),
    "comments": lambda texts: _lines(texts, _dump, "] /* end */}", ", // next\n"),
    "bare_keys": lambda texts: _lines(texts, lambda item: f"{{id: {item['id']}, text: {_dump(item['text'])}}}", "]}"),
    "raw_newlines": lambda texts: _lines(texts, _raw, "]}"),
    "no_commas": lambda texts: _lines(texts, _dump, "]}", " "),
    "not_closed": lambda texts: _lines(texts, _dump, "]"),
    "wrong_closer": lambda texts: _lines(texts, _dump, "}"),
}
"""Forms whose JSON is broken: there, a text may be left out."""


def _raw(item: Mapping[str, str]) -> str:
    text = item["text"].replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"id": "{item["id"]}", "text": "{text}"}}'


_DRAFT = '{"items": [{"id": "1", "text": "SECRET"}, {"id": "2", "text": "SECRET"}]}'
_THOUGHT = f"The user wants it. SECRET. Draft: {_DRAFT} or ```json\n{_DRAFT}\n``` no, better [1] so: "

WRAPS: dict[str, Callable[[str], str]] = {
    "nothing": lambda text: text,
    "space": lambda text: f"\n\n {text} \n",
    "fence": lambda text: f"```json\n{text}\n```",
    "tilde_fence": lambda text: f"~~~\n{text}\n~~~",
    "tokens": lambda text: f"<|im_start|>{text}<|im_end|><｜end▁of▁sentence｜></s>",
}
"""What may stand around any form."""

PROSE: dict[str, Callable[[str], str]] = {
    "prose": lambda text: f"Sure, here's the answer [as asked]:\n{text}\nHope that's fine :)",
    "prose_and_fence": lambda text: f'As {{"items":[{{"id","text"}}]}}, it is:\n```\n{text}\n```\nDone.',
}

REASONING: dict[str, Callable[[str], str]] = {
    "think": lambda text: f"<think>\n{_THOUGHT}</think>\n\n{text}",
    "empty_think": lambda text: f"<think></think>{text}",
    "thinking_and_fence": lambda text: f"<thinking>{_THOUGHT}</thinking>```json\n{text}\n```",
    "two_blocks": lambda text: f"<think>{_THOUGHT}</think> <reasoning>{_DRAFT}</reasoning>{text}",
    "mistral": lambda text: f"[THINK]{_THOUGHT}[/THINK]{text}",
    "kimi": lambda text: f"◁think▷{_THOUGHT}◁/think▷{text}",
    "seed": lambda text: f"<seed:think>{_THOUGHT}</seed:think>{text}<seed:eos>",
    "cohere": lambda text: f"<|START_THINKING|>{_THOUGHT}<|END_THINKING|><|START_RESPONSE|>{text}<|END_RESPONSE|>",
    "gemma": lambda text: f"<|channel>thought\n{_THOUGHT}<channel|>{text}<turn|>",
    "gpt_oss": lambda text: (
        f"<|channel|>analysis<|message|>{_THOUGHT}<|end|>"
        f"<|start|>assistant<|channel|>final <|constrain|>json<|message|>{text}<|return|>"
    ),
}  # fmt: skip
"""Reasoning whose beginning is shown: nothing of it is an answer, wherever it is cut."""

UNOPENED: dict[str, Callable[[str], str]] = {
    "unopened": lambda text: f"Okay, so {_THOUGHT}</think>\n{text}",
    "unopened_mistral": lambda text: f"Let me see. {_THOUGHT}[/THINK]{text}",
    "bare_channels": lambda text: f"analysisWe need to. {_THOUGHT}assistantfinal{text}",
}
"""Reasoning whose beginning the prompt held: until it ends, it looks like prose."""

__all__ = ["MENDED", "PROSE", "REASONING", "SCHEMA", "SECRET", "STRICT", "UNOPENED", "WRAPS", "answers_of"]
