"""Removal of what models put around a message: quotation marks, names, JSON, code fences, apologies, the rules."""

from __future__ import annotations

import json
import re

from app.domain.postprocess.context import DraftContext
from app.domain.safety.prompt import repeats_the_rules
from app.domain.text import storable

WRAPPERS = (('"', '"'), ("“", "”"), ("«", "»"), ("'", "'"), ("`", "`"))
SPACES = re.compile(r"[ \t\r\f\v]+")
LINE_ENDS = re.compile(r" ?\n ?")
BLANK_LINES = re.compile(r"\n{3,}")
FENCE = re.compile(r"^```[\w-]*\s*(.*?)\s*(?:```)?$", re.DOTALL)
ROLE = re.compile(
    r"^(?:\[?(?:assistant|system|user|bot|ai|persona|answer|reply|response|message|output|text|cevap|yanıt|mesaj)\]?"
    r"\s*[:=]|<\|?\w+\|?>|#{1,6}\s)\s*",
    re.IGNORECASE,
)
LEAD_IN = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok|absolutely)[!,.]?\s+)?here(?:'s| is| are) (?:my|the|a|your) "
    r"(?:[\w-]+ ){0,3}(?:reply|message|response|answer|text|draft)[^:\n]{0,40}:\s*",
    re.IGNORECASE,
)
EXCUSE = re.compile(
    r"\b(?:as|being) an? (?:ai|artificial intelligence|large language model|language model|"
    r"ai assistant)(?: \w+){0,3}?,\s*|\bbir (?:yapay zek[âa]|dil modeli)(?: \w+){0,2}? olarak,?\s*",
    re.IGNORECASE,
)
EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
JSON_FIELD = re.compile(r'^[{\[].*?"(?:text|message|answer|reply)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
JSON_TAIL = re.compile(r'"?\s*[}\]]{1,3}\s*$')
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*\s*|\n")


def tidy_spaces(text: str, context: DraftContext) -> str:
    """Normalises spaces: one between words, at most one empty line, no NUL."""
    text = text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return BLANK_LINES.sub("\n\n", LINE_ENDS.sub("\n", SPACES.sub(" ", text))).strip()


def strip_wrappers(text: str, context: DraftContext) -> str:
    """Removes quotation marks around the text and the speaker's own leading name, in any order."""
    while (bare := _strip_one(text, context)) != text:
        text = bare
    return text


def _strip_one(text: str, context: DraftContext) -> str:
    name = re.match(re.escape(f"{context.speaker}:"), text, re.IGNORECASE)
    if name:
        return text[name.end() :].strip()
    for opening, closing in WRAPPERS:
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing) and text.count(opening) <= 2:
            return text[1:-1].strip()
    return text


def strip_leaks(text: str, context: DraftContext) -> str:
    """Removes artefacts of the model: JSON, fences, roles, lead-ins, excuses, text of the rules."""
    text = _unpack_json(FENCE.sub(r"\1", text))
    text = LEAD_IN.sub("", ROLE.sub("", text))
    text = EMPHASIS.sub(r"\2", text)
    text = _capital_after(EXCUSE, text)
    return _without_rules(text).strip()


def _unpack_json(text: str) -> str:
    """Returns the message inside a JSON object, complete or truncated; any other text unchanged."""
    found = JSON_FIELD.match(text)
    if found is None:
        return text
    try:
        return storable(str(json.loads(f'"{found[1]}"')))
    except ValueError:
        return JSON_TAIL.sub("", found[1])


def _capital_after(pattern: re.Pattern[str], text: str) -> str:
    """Removes matches of `pattern` from `text`; a sentence still begins with a capital."""
    bare = pattern.sub("", text)
    return bare[:1].upper() + bare[1:] if bare != text and text[:1].isupper() else bare


def _without_rules(text: str) -> str:
    if not repeats_the_rules(text):
        return text
    return "".join(sentence for sentence in SENTENCE.findall(text) if not repeats_the_rules(sentence))
