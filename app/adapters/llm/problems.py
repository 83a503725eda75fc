"""A provider's error as it was sent: status, codes and sentence, wherever the provider put them.

OpenAI, Groq and most others send `{"error": {"message", "type", "param", "code"}}`; vLLM the same without `error`;
Gemini a list of one, with `status` and `details`; Ollama and LM Studio a text as `error`; FastAPI servers `detail`, a
text or a list of `{"loc", "msg", "input"}`; proxies a web page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from app.adapters.llm.waits import read_wait
from app.domain.text import storable
from app.logs.redaction import HIDDEN, clean

LONGEST_SENTENCE = 300
LONGEST_WORDS = 4_000
LONGEST_CODE = 60
SHORTEST_KEY = 5
"""A shorter key would be a common word of sentences."""

SHORTEST_QUOTE = 24
"""Characters in a row of a prompt that a sentence may repeat: more of them may be what people wrote."""

KEYS = re.compile(r"(?i)\b(?:bearer\s+|(?:sk|gsk|xai|hf|fw|key|tgp|nvapi)[-_]|AIza)[\w*.\-]{6,}")
TAGS = re.compile(r"(?is)<(?:script|style)\b.*?</(?:script|style)>|<[^>]{0,500}>")
TITLE = re.compile(r"(?is)<title[^>]{0,200}>(.{0,300}?)</title>")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as the provider sent it.

    `sentence` may be shown: redacted, one line, at most 300 characters. `words` holds everything in lower case, with
    names of fields and details, to look for names in; it must not be shown. `codes` are `code`, `type` and `status`
    in lower case; `wait_s` is the wait that is asked for, in seconds; `draft` is an answer that was refused by the
    provider's own check of its form.
    """

    status: int | None = None
    codes: tuple[str, ...] = ()
    param: str = ""
    sentence: str = ""
    words: str = ""
    wait_s: float | None = None
    draft: str | None = None
    in_answer: bool = False

    @property
    def code(self) -> str:
        """The most telling code, else the status, else nothing."""
        return self.codes[0] if self.codes else str(self.status or "")


class ProblemAnswered(Exception):
    """An error object in place of an answer, with status 200 or within a stream."""

    def __init__(self, body: Any) -> None:
        self.body = body
        super().__init__("The provider answered with an error object.")


def read_problem(error: Exception, secrets: Iterable[str] = (), prompt: str = "") -> Problem:
    """Reads an SDK's error, or ProblemAnswered; `secrets` and what is quoted from `prompt` leave the sentence."""
    body = error.body if isinstance(error, ProblemAnswered) else getattr(error, "body", None)
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        found = _read_body(body)
    except RecursionError:
        found = Problem()
    status = getattr(error, "status_code", None)
    sentence = found.sentence
    return replace(
        found,
        status=status if isinstance(status, int) else found.status,
        sentence=tidy(sentence, secrets, prompt),
        wait_s=read_wait(headers, body, sentence[:LONGEST_WORDS]),
        in_answer=not isinstance(status, int),
    )


def tidy(text: str, secrets: Iterable[str] = (), prompt: str = "") -> str:
    """Returns a provider's text as it may be shown and stored: one line of at most 300 characters without secrets."""
    shown = storable(text)[: LONGEST_WORDS * 2]
    for secret in secrets:
        if len(secret) >= SHORTEST_KEY:
            shown = shown.replace(secret, HIDDEN)
    shown = " ".join(clean(KEYS.sub(HIDDEN, " ".join(shown.split()))).split())
    shown = _without_quotes(shown, prompt)
    return shown if len(shown) <= LONGEST_SENTENCE else shown[: LONGEST_SENTENCE - 1] + "…"


def _without_quotes(text: str, prompt: str) -> str:
    """Returns the text up to where it begins to repeat the prompt, which may hold what people wrote."""
    if not prompt:
        return text
    plain = " ".join(prompt.split())
    for at in range(max(0, len(text) - SHORTEST_QUOTE + 1)):
        if text[at : at + SHORTEST_QUOTE] in plain:
            return text[:at] + "[…]"
    return text


def _read_body(body: Any) -> Problem:
    if isinstance(body, list):
        body = body[0] if body else None
    if isinstance(body, str):
        return _read_text(body)
    if not isinstance(body, Mapping):
        return Problem()
    inner = body.get("error")
    if isinstance(inner, str):
        return _read_object({**body, "message": body.get("message") or inner, "type": body.get("type") or inner})
    return _read_object(inner if isinstance(inner, Mapping) else body)


def _read_object(error: Mapping[str, Any]) -> Problem:
    message = error.get("message")
    if isinstance(message, Mapping):
        error, message = {**error, **message}, None
    told = [message, _describe(error.get("detail")), _raw_of(error.get("metadata"))]
    sentence = ": ".join(text for text in told if isinstance(text, str) and text) or _describe(error.get("msg"))
    numbers = [error.get(name) for name in ("status_code", "code", "status")]
    status = next((n for n in numbers if isinstance(n, int) and 400 <= n < 600), None)
    details = str(error.get("details") or "") + str(error.get("metadata") or "")
    codes = _codes_of(error)
    param = error.get("param")
    param = param.lower()[:LONGEST_CODE] if isinstance(param, str) else ""
    draft = error.get("failed_generation")
    return Problem(
        status=status,
        codes=codes,
        param=param,
        sentence=sentence,
        words=" ".join((sentence, *codes, param, details))[:LONGEST_WORDS].lower(),
        draft=draft if isinstance(draft, str) and draft.strip() else None,
    )


def _codes_of(error: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns codes in lower case. A text with blanks is a sentence, not a code."""
    found = (error.get(name) for name in ("code", "type", "status"))
    texts = (one.strip().lower() for one in found if isinstance(one, str))
    return tuple(storable(one) for one in texts if one and " " not in one and len(one) <= LONGEST_CODE)


def _describe(detail: Any) -> str:
    """Returns what FastAPI tells of a field, without the value that was sent there."""
    if isinstance(detail, str):
        return detail
    parts = detail if isinstance(detail, list) else [detail]
    return "; ".join(
        f"{_place(part.get('loc'))}: {part.get('msg') or ''}" for part in parts[:5] if isinstance(part, Mapping)
    )


def _place(loc: Any) -> str:
    return ".".join(map(str, loc)) if isinstance(loc, list) else str(loc or "")


def _raw_of(metadata: Any) -> str:
    """Returns what the provider behind a router said, such as OpenRouter's `metadata.raw`."""
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    return raw if isinstance(raw, str) else ""


def _read_text(text: str) -> Problem:
    """Reads an error that is no JSON: a web page gives its title, or its words."""
    title = TITLE.search(text[:20_000])
    plain = title[1] if title else TAGS.sub(" ", text[:20_000])
    plain = " ".join(unescape(plain).split())
    return Problem(sentence=plain, words=plain[:LONGEST_WORDS].lower())
