"""The forms in which models wrap JSON that no grammar enforces; the words stay the same.

Reports of each are named with the presets that have it (presets.toml).
"""

import json
import re
from collections.abc import Collection
from typing import Any

from sandbox.llm.fault_kinds import SHAPES, FaultKind

SHORT_THOUGHT = 'Let me see. The form is {"items": [...]} and one text for each. I keep it short.'
LAST_COMMA = re.compile(r"(?<=[}\]\"])([}\]])")


def shape(entries: list[dict[str, Any]], kinds: Collection[FaultKind], id_name: str) -> str:
    """Returns the answer's items as JSON, in the forms that `kinds` ask for, one inside the other."""
    return wrap(json.dumps(_arrange(entries, kinds, id_name), ensure_ascii=False), kinds)


def wrap(text: str, kinds: Collection[FaultKind]) -> str:
    """Returns JSON or any text within the wrappers that `kinds` ask for."""
    for kind in SHAPES:
        if kind in kinds:
            text = _wrap(text, kind)
    return text


def _arrange(entries: list[dict[str, Any]], kinds: Collection[FaultKind], id_name: str) -> Any:
    if "single_object" in kinds and len(entries) == 1:
        return entries[0]
    if "keyed_items" in kinds:
        rest = [{name: value for name, value in entry.items() if name != id_name} for entry in entries]
        bare = all(list(entry) == ["text"] for entry in rest)
        return {str(entry[id_name]): one["text"] if bare else one for entry, one in zip(entries, rest, strict=True)}
    return entries if "bare_list" in kinds else {"items": entries}


def _wrap(text: str, kind: FaultKind) -> str:
    if kind == "trailing_commas":
        return LAST_COMMA.sub(r",\1", text)
    if kind == "fence":
        return f"```json\n{text}\n```"
    if kind == "prose":
        return f"Sure! Here is the JSON you asked for:\n\n{text}\n\nLet me know if you would like any changes."
    if kind == "think_block":
        return f"<think>\n{SHORT_THOUGHT}\n</think>\n\n{text}"
    if kind == "channel_marks":
        return in_channels(SHORT_THOUGHT, text)
    return text


def in_channels(thought: str, text: str) -> str:
    """Returns an answer with the marks of OpenAI's harmony format (https://cookbook.openai.com/articles/openai-harmony)."""
    final = f"<|start|>assistant<|channel|>final<|message|>{text}<|return|>" if text else ""
    return f"<|channel|>analysis<|message|>{thought}<|end|>{final}"
