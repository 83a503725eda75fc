"""Reading a provider's answer: which item got which text."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from app.domain.errors import LLMMalformed


def read_answer(text: str, wanted: Collection[str]) -> dict[str, str]:
    """The texts by item id, for the ids in `wanted`; an id that is missing, doubled or empty is left out.

    JSON may spell NUL and halves of surrogate pairs, which Postgres does not store: the texts are free of both.
    Raises LLMMalformed when the answer as a whole is not the JSON object that was asked for.
    """
    try:
        body: Any = json.loads(text)
        items = body["items"]
        pairs = [
            (str(item["id"]), _storable(item["text"]))
            for item in items
            if isinstance(item, dict) and {"id", "text"} <= item.keys()
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LLMMalformed("The answer is not the JSON object that was asked for.") from None
    ids = [item_id for item_id, _ in pairs]
    return {
        item_id: draft for item_id, draft in pairs if item_id in wanted and ids.count(item_id) == 1 and draft.strip()
    }


def _storable(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
