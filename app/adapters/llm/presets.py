"""What is known of providers before the first request, read from `presets.toml` beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.domain.providers.capabilities import Capabilities, read_capabilities

SHIPPED = Path(__file__).with_name("presets.toml")

UNDERSTOOD: Mapping[str, Any] = {
    "reasoning_effort": "none",
    "chat_template_kwargs": {"enable_thinking": False},
    "thinking": {"type": "disabled"},
}
"""Fields that one or another of most servers understands; a server that refuses one is not sent it again."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One entry: `start` is where learning begins, `quiet` and `if_seen` are fields of a request that turn thinking
    down: always, and once the model was seen to think."""

    name: str
    start: Capabilities = field(default_factory=Capabilities)
    quiet: Mapping[str, Any] = field(default_factory=dict)
    if_seen: Mapping[str, Any] = field(default_factory=lambda: UNDERSTOOD)


UNKNOWN = Preset("unknown")
"""A server that no entry names is asked as OpenAI is, and learned."""


def find_preset(url: str, model: str) -> Preset:
    """Returns the preset of a model at a base URL; UNKNOWN when no entry is about it."""
    address = urlsplit(url)
    host, port = (address.hostname or "").lower(), address.port
    entries = load_entries()
    by_host = [entry for entry in entries if any(_is_within(host, name) for name in entry.get("hosts", ()))]
    about = by_host or [entry for entry in entries if port in entry.get("ports", ())]
    return next((_preset(entry) for entry in about if re.search(entry.get("models", ""), model)), UNKNOWN)


@cache
def load_entries() -> tuple[Mapping[str, Any], ...]:
    """Returns the entries of the file, in their order."""
    return tuple(tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["preset"])


def _is_within(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def _preset(entry: Mapping[str, Any]) -> Preset:
    start = read_capabilities({**entry, "answer_format": entry.get("format")})
    quiet = entry.get("quiet", {})
    return Preset(entry["name"], start, quiet, entry.get("if_seen", quiet or UNDERSTOOD))
