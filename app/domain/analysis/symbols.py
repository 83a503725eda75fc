"""Ticker symbols in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable

CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,8})\b")
EXCHANGE = re.compile(r"\b([A-Z]{2,8}:[A-Z0-9]{2,10})\b")


def find_symbols(text: str, watchlist: Iterable[str] = ()) -> tuple[str, ...]:
    """Cashtags, EXCHANGE:SYMBOL pairs and whole words of `watchlist`, in capitals, each once, in order of kind."""
    found = [match.upper() for match in CASHTAG.findall(text)] + EXCHANGE.findall(text)
    words = {word.strip(":.-") for word in re.findall(r"[\w:.-]+", text.upper())}
    found += [symbol.upper() for symbol in watchlist if symbol.upper() in words]
    return tuple(dict.fromkeys(found))
