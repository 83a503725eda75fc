"""Redaction of logs: bot tokens, keys, passwords, and control characters that would forge a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

HIDDEN = "***"
SHORTEST_SECRET = 12
"""A shorter value is too weak for a secret, and may be a common word in log lines."""

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}"), HIDDEN),
    (re.compile(r"(://[^:/@\s]*):\S+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"\b(?:sk-|gsk_)[A-Za-z0-9_-]{16,}"), HIDDEN),
    (re.compile(r"\bgAAAA[A-Za-z0-9_-]{60,}={0,2}"), HIDDEN),
    (re.compile(r"(?i)\b(\w*password|passwd)=[^\s&]+"), rf"\1={HIDDEN}"),
    (
        re.compile(r"DETAIL:\s.*?(?=\n+The above exception was|\n+During handling of|\n+\[SQL:|\Z)", re.DOTALL),
        f"DETAIL:  {HIDDEN}",
    ),
)
"""Bot tokens, passwords in URLs, providers' keys, Fernet ciphertexts, passwords in connection strings, and the rows
that Postgres quotes in DETAIL, which may contain people's words."""

MARK = re.compile(r"[:=]|sk-|gsk_|gAAAA")
"""A text without any of these matches none of the patterns."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Also halves of surrogate pairs: no file or pipe takes them."""

OWN = frozenset({"timestamp", "level"})
"""Keys that the logger itself fills in."""


class _Known:
    """The secret values of this process."""

    pattern: re.Pattern[str] | None = None


def hide(secrets: Iterable[str]) -> None:
    """Redacts these values from now on; values shorter than SHORTEST_SECRET are ignored."""
    values = sorted({value for value in secrets if len(value) >= SHORTEST_SECRET}, key=len, reverse=True)
    _Known.pattern = re.compile("|".join(map(re.escape, values))) if values else None


def clean(text: str) -> str:
    """Returns `text` without secrets, on one line."""
    shown = without_secrets(text)
    return shown if shown.isprintable() else CONTROL.sub(_escape, shown)


def clean_lines(text: str) -> str:
    """Returns `text` without secrets; of the control characters only line feeds are kept."""
    return "\n".join(CONTROL.sub(_escape, line) for line in without_secrets(text).split("\n"))


def without_secrets(text: str) -> str:
    """Returns `text` without secrets recognised by form, and without those of this process."""
    if _Known.pattern is not None:
        text = _Known.pattern.sub(HIDDEN, text)
    if not MARK.search(text):
        return text
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redacts a whole event, nested values included. A traceback keeps its lines."""
    for key, value in event.items():
        if key == "exception":
            event[key] = clean_lines(str(value))
        elif key not in OWN and not key.startswith("_") and key != "exc_info":
            event[key] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {clean(str(key)): _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    return clean(str(value))


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
