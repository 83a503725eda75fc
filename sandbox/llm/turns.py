"""The written stock of turns, by language: turns.en.toml, turns.tr.toml."""

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Stand = Literal["for", "against", "unsure"]
GROUP = re.compile(r"\(([^()|]*(?:\|[^()|]*)+)\)")


@dataclass(frozen=True)
class Topic:
    """What can be said about one field: views by stand, and jokes. `words` recognise it."""

    name: str
    words: tuple[str, ...]
    views: Mapping[Stand, tuple[str, ...]]
    jokes: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """Answers to one kind of question, recognised by `words`."""

    words: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Tone:
    """How a persona begins, whose tone or style has one of `words`."""

    words: tuple[str, ...]
    leads: tuple[str, ...]


@dataclass(frozen=True)
class Stock:
    """All turns of one language. `lines` are the simple lists by name; the last topic, kind and tone have no words."""

    language: str
    words: Mapping[str, Any]
    lines: Mapping[str, tuple[str, ...]]
    asked: tuple[Kind, ...]
    said: Mapping[str, tuple[str, ...]]
    topics: tuple[Topic, ...]
    tones: tuple[Tone, ...]


@cache
def stock_of(language: str) -> Stock:
    """Returns the stock of a language code: Turkish for `tr` and its regions, English for every other."""
    name = "tr" if language.lower().startswith("tr") else "en"
    return read_stock(name, files("sandbox.llm").joinpath(f"turns.{name}.toml").read_text("utf-8"))


def read_stock(language: str, text: str) -> Stock:
    """Parses a stock from TOML."""
    raw = tomllib.loads(text)
    lists = {name: tuple(value) for name, value in raw.items() if isinstance(value, list)}
    tables = {
        name: tuple(value["lines"]) for name, value in raw.items() if isinstance(value, dict) and "lines" in value
    }
    return Stock(
        language=language,
        words={name: value for name, value in raw.items() if isinstance(value, str)} | lists,
        lines=lists | tables,
        asked=tuple(Kind(tuple(kind["words"]), tuple(kind["lines"])) for kind in raw["asked"].values()),
        said={name: tuple(kind["lines"]) for name, kind in raw["said"].items()},
        topics=tuple(_read_topic(name, topic) for name, topic in raw["topics"].items()),
        tones=tuple(Tone(tuple(tone["words"]), tuple(tone["leads"])) for tone in raw["tones"].values()),
    )


def _read_topic(name: str, raw: Mapping[str, Any]) -> Topic:
    stands: tuple[Stand, ...] = ("for", "against", "unsure")
    views = {stand: tuple(raw[stand]) for stand in stands}
    return Topic(name, tuple(raw["words"]), views, tuple(raw["joke"]))


def choose(line: str, rng: random.Random) -> str:
    """Returns a line with each `(a|b)` replaced by one of its alternatives."""
    return GROUP.sub(lambda group: rng.choice(group[1].split("|")), line)
