"""One provider of the list: a model at a server, what it is for, its limits and its price."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from app.domain.errors import InvalidInput
from app.domain.lanes.lane import MOST_IN_FLIGHT, Lane, Urgency
from app.domain.money import Price

SDK = Literal["openai", "groq"]
Purpose = Literal["answers", "ambient", "bulk"]
AnswerFormatWish = Literal["auto", "json_schema", "tool", "json_object", "text"]
ReasoningWish = Literal["auto", "none", "minimal", "low", "medium", "high"]

PURPOSES: Mapping[Purpose, str] = {
    "answers": "answers to people",
    "ambient": "messages that nobody asked for",
    "bulk": "digests and insights",
}
PURPOSE_OF: Mapping[Urgency, Purpose] = {"interactive": "answers", "ambient": "ambient", "bulk": "bulk"}

MOST = 10**12
"""Requests or tokens; no provider allows as many, and every limiter can count them."""

FEWEST_TOKENS = 1_000
"""Tokens a minute below which hardly a prompt fits."""

MOST_DOLLARS = 10_000.0
"""Dollars a million tokens; the dearest model of 2026 costs 600."""

LONGEST_MODEL = 200
LONGEST_URL = 2_000
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""Names stand in metrics, logs and keys of Redis."""

_URL = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?![\d.]+$)[a-z0-9_.-]+")
"""Host names that every HTTP client takes; those of other scripts stand there as xn--…"""

SAMPLE = (1_000, 100)
"""Tokens in and out of a usual message, by which prices of models are compared."""


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """What an operator lists. `name` and `model` together are unique; limits belong to both.

    Limits are requests and tokens a minute and a day, 0 a day for none. An `economy` one answers while a budget runs
    out, and what is for `bulk`. Without a `price` the price list counts. `max_in_flight` 0 learns how many requests the
    server takes at once. `id` and `version` are 0 for what stands in the environment.
    """

    name: str
    model: str
    sdk: SDK = "openai"
    url: str | None = None
    requests_per_minute: int = 500
    tokens_per_minute: int = 200_000
    requests_per_day: int = 0
    tokens_per_day: int = 0
    purposes: frozenset[Purpose] = frozenset(PURPOSES)
    economy: bool = False
    enabled: bool = True
    price: Price | None = None
    answer_format: AnswerFormatWish = "auto"
    reasoning: ReasoningWish = "auto"
    max_in_flight: int = 0
    id: int = 0
    version: int = 0

    @property
    def label(self) -> str:
        """Returns its name in metrics, logs and Redis."""
        return f"{self.name}:{self.model}"

    @property
    def own_server(self) -> bool:
        """Returns whether it has an address of its own, not the one of its SDK."""
        return self.url is not None

    @property
    def shown_url(self) -> str | None:
        """Returns its address for pages: without user, password and query, which one of the environment may hold."""
        if self.url is None:
            return None
        address = urlsplit(self.url)
        return address._replace(netloc=address.netloc.rpartition("@")[2], query="", fragment="").geturl()


def answering(
    entries: Iterable[ProviderEntry], lane: Lane, price_of: Callable[[ProviderEntry], Price]
) -> list[ProviderEntry]:
    """Returns who answers a lane, in the order in which they are tried: that of the list.

    On an economy lane the economy ones come first, the cheapest of them before the others.
    """
    purpose = PURPOSE_OF[lane.urgency]
    able = [entry for entry in entries if entry.enabled and purpose in entry.purposes]
    standard = [entry for entry in able if not entry.economy]
    if not lane.economy:
        return standard
    return [*sorted((one for one in able if one.economy), key=lambda one: price_of(one).cost(*SAMPLE)), *standard]


def has_economy(entries: Iterable[ProviderEntry]) -> bool:
    """Returns whether a model answers while a budget runs out."""
    return any(entry.enabled and entry.economy for entry in entries)


def check_entry(entry: ProviderEntry) -> ProviderEntry:
    """Returns the entry. Raises InvalidInput naming the first field that cannot be used."""
    if not NAME.fullmatch(entry.name):
        raise InvalidInput("name", "must be 1 to 40 of a-z, 0-9, dot, dash and underscore, such as openai or office")
    if not entry.model.strip() or len(entry.model) > LONGEST_MODEL:
        raise InvalidInput("model", f"must be the model's name, of {LONGEST_MODEL} characters at most")
    if entry.url is not None:
        check_url("url", entry.url)
    _check_choice("sdk", entry.sdk, get_args(SDK))
    _check_choice("answer_format", entry.answer_format, get_args(AnswerFormatWish))
    _check_choice("reasoning", entry.reasoning, get_args(ReasoningWish))
    _check_range("requests_per_minute", entry.requests_per_minute, 1, MOST)
    _check_range("tokens_per_minute", entry.tokens_per_minute, FEWEST_TOKENS, MOST)
    _check_range("requests_per_day", entry.requests_per_day, 0, MOST)
    _check_range("tokens_per_day", entry.tokens_per_day, 0, MOST)
    _check_range("max_in_flight", entry.max_in_flight, 0, MOST_IN_FLIGHT)
    if not entry.purposes or entry.purposes - PURPOSES.keys():
        raise InvalidInput("purposes", f"must be one or more of {', '.join(PURPOSES)}")
    if entry.price is not None and not all(
        0 <= dollars <= MOST_DOLLARS for dollars in (entry.price.prompt, entry.price.cached, entry.price.answer)
    ):
        raise InvalidInput("price", f"must be US dollars a million tokens, 0 to {MOST_DOLLARS:g}")
    return entry


def check_list(entries: Sequence[ProviderEntry]) -> None:
    """Raises InvalidInput when two entries are one model of one name, or nobody is left for a purpose."""
    labels = [entry.label for entry in entries]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise InvalidInput("name", f"{twice} is listed already; give this one another name")
    for purpose, words in PURPOSES.items():
        if not any(one.enabled and not one.economy and purpose in one.purposes for one in entries):
            raise InvalidInput(
                "purposes", f"nobody would be left for {words}; give them to another provider of the list first"
            )


def check_url(field: str, url: str) -> None:
    """Raises InvalidInput naming `field` for a base URL that no client can be built for, or that holds a secret."""
    try:
        address = urlsplit(url)
        usable = address.scheme in {"http", "https"} and _is_host(address) and (address.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not _URL.fullmatch(url) or len(url) > LONGEST_URL:
        raise InvalidInput(field, "must be the base URL of an OpenAI-compatible server, as http://127.0.0.1:8081/v1")
    if address.username or address.password:
        raise InvalidInput(field, "must hold no user and no password; put the key into the field for it")
    if "?" in url or "#" in url:
        raise InvalidInput(field, "must end with its path: what follows ? or # would not be sent")


def _is_host(address: SplitResult) -> bool:
    """Returns whether an HTTP client can be built for the host. Raises ValueError for what only looks like an IP."""
    name = address.hostname or ""
    if "[" in address.netloc:
        return bool(ipaddress.IPv6Address(name))
    return bool(_HOST.fullmatch(name) or ipaddress.IPv4Address(name))


def _check_choice(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InvalidInput(field, f"must be one of {', '.join(known)}")


def _check_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(field, f"must be {least:,} to {most:,}")
