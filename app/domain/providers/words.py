"""What is known of a provider, in words for pages and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.providers.capabilities import AnswerFormat, Capabilities
from app.domain.providers.entry import PURPOSES, AnswerFormatWish, ProviderEntry, ReasoningWish

FORMATS: Mapping[AnswerFormat, str] = {
    "json_schema_strict": "a JSON schema that it keeps to",
    "json_schema": "a JSON schema",
    "tool": "a function to call",
    "json_object": "a JSON object",
    "text": "plain text",
}
FORMAT_WISHES: Mapping[AnswerFormatWish, str] = {
    "auto": "What it is seen to take",
    "json_schema": "A JSON schema",
    "tool": "A function to call",
    "json_object": "A JSON object",
    "text": "Plain text, the schema in the prompt",
}
REASONING_WISHES: Mapping[ReasoningWish, str] = {
    "auto": "As little as it can",
    "none": "None",
    "minimal": "Minimal",
    "low": "Low",
    "medium": "Medium",
    "high": "High",
}


def tell_purposes(entry: ProviderEntry) -> str:
    """Returns what a provider is for, as one phrase."""
    if entry.purposes >= PURPOSES.keys():
        return "everything"
    return ", ".join(words for purpose, words in PURPOSES.items() if purpose in entry.purposes)


def tell_capabilities(known: Capabilities) -> Sequence[str]:
    """Returns what a model was seen to take, a phrase a fact."""
    tokens = f", for some {known.thinking_tokens:,} tokens" if known.thinking_tokens else ""
    thoughts = {
        "unknown": "whether it thinks first is not known yet",
        "none": "does not think first",
        "seen": f"thinks first{tokens}",
        "switchable": "thinks first unless it is asked not to",
        "always": f"thinks first whatever it is asked{tokens}",
    }
    told = [f"answers by {FORMATS[known.answer_format]}", "streams" if known.streams else "does not stream"]
    told.append(thoughts[known.thinking])
    return [*told, f"takes {known.most_tokens:,} tokens of an answer at most"] if known.most_tokens else told
