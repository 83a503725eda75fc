"""Detection of ticker symbols. Ordinary words such as "IT", "ALL", "NOW" and "CAN" need more evidence.

Symbols and ordinary words are data in symbols.toml, read once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from app.domain.analysis.letters import fold_accents

CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,8}(?:\.[A-Za-z]{1,2})?)(?!\w)")
WITH_EXCHANGE = re.compile(r"(?<![\w:/])([A-Z]{2,8}):([A-Z0-9]{2,12})(?!\w)")
WITH_SUFFIX = re.compile(r"(?<![\w.@/])([A-Z0-9]{1,6})\.([A-Z]{1,2})(?![\w.])")
WORD = re.compile(r"[\w:.=-]+")
CAPITALS = re.compile(r"(?<![\w$@#/.:-])[A-Z][A-Z0-9]{1,7}(?:\.[AB])?(?![\w=-]|[:/]\w)")
NUMBERS = re.compile(r"[$€₺%]|\d[.,]\d")
SHOUTED_WORDS = 4
"""Words from which on a text without lower-case letters counts as shouted, so that its capitals mean nothing."""


@dataclass(frozen=True, slots=True)
class SymbolTable:
    """The data of symbols.toml. `market` is folded, everything else in capitals."""

    exchanges: frozenset[str]
    suffixes: frozenset[str]
    quotes: frozenset[str]
    coins: frozenset[str]
    known: frozenset[str]
    ordinary: frozenset[str]
    market: frozenset[str]


def find_symbols(text: str, watchlist: Collection[str] = ()) -> tuple[str, ...]:
    """Returns the symbols of `text` in capitals, each once, in order of kind.

    1. cashtags, EXCHANGE:SYMBOL, SYMBOL.SUFFIX of a known exchange, and pairs of a coin and what it is priced in
    2. whole words of `watchlist` in any case; one that is an ordinary word too must stand in capitals among words of
       the market
    3. symbols of the table in capitals, unless they are ordinary words or the text is all shouted
    """
    table = load_table()
    watched = _watched(text, watchlist, table)
    found = [*_marked(text, table), *watched, *_pairs(text, table, watched), *_known(text, table)]
    inner = {part for symbol in found for part in re.split(r"[:.]", symbol) if part != symbol}
    return tuple(symbol for symbol in dict.fromkeys(found) if symbol not in inner)


@lru_cache(maxsize=1)
def load_table() -> SymbolTable:
    """Returns the table of the package."""
    data = tomllib.loads(resources.files(__package__).joinpath("symbols.toml").read_text(encoding="utf-8"))
    words = {name: frozenset(listed.split()) for name, listed in data.items()}
    known = words.pop("stocks") | words["coins"] | words.pop("others")
    return SymbolTable(known=known, **words)


def _marked(text: str, table: SymbolTable) -> Iterator[str]:
    """Finds symbols that are marked by a $ or by an exchange."""
    if "$" in text:
        yield from (match.upper() for match in CASHTAG.findall(text))
    if ":" in text:
        yield from (f"{place}:{symbol}" for place, symbol in WITH_EXCHANGE.findall(text) if place in table.exchanges)
    if "." in text:
        for symbol, suffix in WITH_SUFFIX.findall(text):
            if suffix in table.suffixes and symbol in table.known:
                yield f"{symbol}.{suffix}"


def _pairs(text: str, table: SymbolTable, watched: Collection[str]) -> Iterator[str]:
    """Finds BTCUSDT, btc/usdt and BTC-USD, as BTCUSDT."""
    for word in WORD.findall(text.replace("/", "-")):
        if not 5 <= len(word) <= 12 or word.upper() in watched:
            continue
        symbol = word.upper().strip(".:=-").replace("-", "")
        if any(symbol.endswith(quote) and symbol[: -len(quote)] in table.coins for quote in table.quotes):
            yield symbol


def _watched(text: str, watchlist: Collection[str], table: SymbolTable) -> list[str]:
    """Finds watched symbols; one with an exchange also matches without it."""
    if not watchlist:
        return []
    words = {word.strip(":.-") for word in WORD.findall(text)}
    raised = {word.upper() for word in words}
    found = []
    for symbol in dict.fromkeys(symbol.upper() for symbol in watchlist):
        name = symbol if symbol in raised else symbol.rpartition(":")[2]
        if name in raised and (name not in table.ordinary or (name in words and _is_of_market(text, table))):
            found.append(symbol)
    return found


def _known(text: str, table: SymbolTable) -> Iterable[str]:
    found = [word for word in CAPITALS.findall(text) if word in table.known and word not in table.ordinary]
    return [] if found and _is_shouted(text) else found


def _is_shouted(text: str) -> bool:
    return text.upper() == text and len(text.split()) >= SHOUTED_WORDS


def _is_of_market(text: str, table: SymbolTable) -> bool:
    if _is_shouted(text):
        return False
    words = re.findall(r"\w+", fold_accents(text))
    return bool(NUMBERS.search(text)) or not table.market.isdisjoint(words)
