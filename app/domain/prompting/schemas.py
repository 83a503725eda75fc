"""JSON schemas of answers for providers that know less of JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LENGTHS = ("minItems", "maxItems")


def without_lengths(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the schema without the lengths of its lists, at any depth; no property is called by one of their names.

    OpenAI's strict mode knows them (https://platform.openai.com/docs/guides/structured-outputs, "Supported
    properties"), as do llama.cpp and vLLM. Groq refuses a schema with "minItems is not supported"
    (https://github.com/i-am-bee/beeai-framework/issues/1215), Cerebras with "Unsupported JSON schema fields".
    """
    return {key: _plain(value) for key, value in schema.items() if key not in LENGTHS}


def _plain(value: Any) -> Any:
    return without_lengths(value) if isinstance(value, Mapping) else value
