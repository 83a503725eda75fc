"""What to leave out of a request after a server refused it: one pure step at a time.

A refusal counts when it names a field or a feature that was sent, and is no refusal of the field's value. What a
refusal names is found in its `param` and its words, since no two servers put it alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from app.domain.prompting.schemas import LENGTHS
from app.domain.providers.capabilities import EFFORTS, LADDER, LIMIT_NAMES, AnswerFormat, Capabilities

MOST_STEPS = 8
"""Steps within one call: from the top to the bottom with every field refused once is fewer for every server known."""

STATUSES = frozenset({400, 404, 405, 406, 409, 415, 422, 424, 500, 501})
"""Statuses of refusals; None stands for an error object within an answer."""

REFUSES = re.compile(
    r"support|unavailable|available|unknown|unrecogni[sz]ed|unexpected|extra|permitted|allowed|invalid|must (?:be|not)"
    r"|only|cannot|can't|can not|incompatible|implemented|failed to|unable|deprecated|require|not exist|enabled"
    r"|disabled|missing|not a valid|forbidden|mandatory|error parsing|use '"
)
"""Words of a refusal: an accident that only mentions a field has none of them."""

BAD_VALUE = re.compile(
    r"too (?:large|big|high|small)|at most|at least|less than|greater than|maximum|minimum|valid range|exceed|positive"
)

MOST = re.compile(
    r"(?:at most|less than or equal to|up to|maximum(?: (?:value|allowed|of|is|number))*|<=|max is|cannot exceed)"
    r"[^\d\n]{0,40}?(\d{2,9})|\[\s*\d+\s*,\s*(\d{2,9})\s*\]"
)

UNKNOWN_FIELD = re.compile(
    r"unknown|unrecogni[sz]ed|unexpected|extra|not permitted|unsupported parameter|does(?: not|n't) support|not allowed"
)
"""The field itself is refused, not its value."""

SCHEMA_ONLY = re.compile(r"invalid (?:json )?schema|strict|additionalproperties|schema is too|keyword")
"""The schema is refused for its details: without enforcement it may pass."""

FORMATS: dict[AnswerFormat, re.Pattern[str]] = {
    "json_schema_strict": re.compile(r"response_?format|schema|strict|structured|grammar|guided|json mode"),
    "json_schema": re.compile(r"response_?format|schema|structured|grammar|guided|json mode"),
    "tool": re.compile(r"tool|function"),
    "json_object": re.compile(r"response_?format|json_?object|json mode|grammar|json"),
}

REASONING_FIELDS: dict[str, re.Pattern[str]] = {
    "reasoning_effort": re.compile(
        r"reasoning[_ ]?effort|\beffort\b|think(?:ing)?[_ ](?:value|level|budget)"
        r"|reasoning is mandatory|support thinking"
    ),
    "chat_template_kwargs": re.compile(r"chat_template|enable_thinking"),
    "include_reasoning": re.compile(r"include_reasoning"),
    "reasoning_format": re.compile(r"reasoning_format"),
    "thinking": re.compile(r"\bthinking\b|thinking_config"),
    "reasoning": re.compile(r"\breasoning\b"),
}
"""Fields about reasoning, and what names them; the more special names stand first."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server said no to: its status (None within an answer), the parameter it names, its words in lower case."""

    status: int | None
    param: str
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What the refused request held: fields about reasoning with their values, its limit of tokens, and the rest."""

    streamed: bool
    max_tokens: int
    reasoning: Collection[str] = ()
    effort: str = ""
    formats: tuple[AnswerFormat, ...] = LADDER


Step = Callable[[Capabilities, Sent, str], Capabilities | None]
"""A step down; None when the refusal names nothing of its kind."""


def step_down(known: Capabilities, sent: Sent, refusal: Refusal) -> Capabilities | None:
    """Returns the capabilities without what the server refused; None when it names nothing that was sent."""
    if refusal.status is not None and refusal.status not in STATUSES:
        return None
    words = f"{refusal.param} {refusal.words}"
    if not refusal.param and not REFUSES.search(words):
        return None
    for step in STEPS:
        lower = step(known, sent, words)
        if lower is not None and lower != known:
            return lower
    return None


def names_format(known: Capabilities, refusal: Refusal) -> bool:
    """Returns whether a refusal names the format that was asked for."""
    pattern = FORMATS.get(known.answer_format)
    words = f"{refusal.param} {refusal.words}"
    return pattern is not None and REFUSES.search(words) is not None and pattern.search(words) is not None


def _without_lengths(known: Capabilities, sent: Sent, words: str) -> Capabilities | None:
    """Groq: "minItems is not supported" (https://github.com/i-am-bee/beeai-framework/issues/1215)."""
    named = any(length.lower() in words for length in LENGTHS)
    return replace(known, lengths=False) if known.lengths and named else None


def _without_usage(known: Capabilities, sent: Sent, words: str) -> Capabilities | None:
    named = "stream_options" in words or "include_usage" in words
    return replace(known, stream_usage=False) if sent.streamed and known.stream_usage and named else None


def _without_stream(known: Capabilities, sent: Sent, words: str) -> Capabilities | None:
    return replace(known, streams=False) if sent.streamed and "stream" in words else None


def _less_reasoning(known: Capabilities, sent: Sent, words: str) -> Capabilities | None:
    """Takes the least effort that the refusal offers, or "low" when a value is refused; else leaves the field out."""
    fields = ((name, REASONING_FIELDS[name]) for name in REASONING_FIELDS if name in sent.reasoning)
    named = next((name for name, pattern in fields if pattern.search(words)), "")
    if not named:
        return None
    if named == "reasoning_effort":
        offered = [effort for effort in EFFORTS if effort != sent.effort and _is_offered(effort, words)]
        if offered:
            return replace(known, effort=offered[0])
        if sent.effort in {"none", "minimal"} and not UNKNOWN_FIELD.search(words):
            return replace(known, effort="low")
    return replace(known, dropped=known.dropped | {named})


def _is_offered(effort: str, words: str) -> bool:
    return re.search(rf"['\"`‘“]{effort}['\"`’”]|\b{effort}\b[,/|)\]]", words) is not None


def _other_limit(known: Capabilities, sent: Sent, words: str) -> Capabilities | None:
    """Lowers the limit when its value is refused, else takes the next name for it."""
    if "max_tokens" not in words and "max_completion_tokens" not in words and "max_new_tokens" not in words:
        return None
    if BAD_VALUE.search(words):
        found = MOST.search(words)
        most = int(found[1] or found[2]) if found else 0
        return replace(known, most_tokens=most) if 0 < most < sent.max_tokens else None
    place = LIMIT_NAMES.index(known.limit_name) + 1
    return replace(known, limit_name=LIMIT_NAMES[place]) if place < len(LIMIT_NAMES) else None


def _other_format(known: Capabilities, sent: Sent, words: str) -> Capabilities | None:
    """Takes the next format; without any schema when the feature itself is refused, not a detail of the schema."""
    pattern = FORMATS.get(known.answer_format)
    if pattern is None or not pattern.search(words):
        return None
    lower = LADDER[LADDER.index(known.answer_format) + 1 :]
    if known.answer_format == "json_schema_strict" and not SCHEMA_ONLY.search(words):
        lower = lower[1:]
    allowed = [one for one in lower if one in sent.formats]
    return replace(known, answer_format=allowed[0]) if allowed else None


STEPS: tuple[Step, ...] = (
    _without_lengths,
    _without_usage,
    _without_stream,
    _other_limit,
    _less_reasoning,
    _other_format,
)
"""In this order: a refusal of streams names the response format as well, and `json` is a common word."""
