"""What the language model's sandbox saw of a run: pure arithmetic over the requests in its journal."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MINUTE_S = 60.0
ANSWERED, CLIENT_LEFT, REFUSED = 200, 499, 429


@dataclass(frozen=True, slots=True)
class Request:
    """One request: arrival and end in unix seconds, the ids of its items, the tokens it was charged."""

    arrived: float
    ended: float
    status: int
    ids: tuple[str, ...]
    tokens_in: int
    tokens_out: int

    @property
    def admitted(self) -> bool:
        """Whether it counts against the limit: one that was cut off by the end of the run does."""
        return self.status in {ANSWERED, CLIENT_LEFT}


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a run, in unix seconds; its end is not part of it."""

    start: float
    end: float

    @property
    def minutes(self) -> float:
        """Its length."""
        return (self.end - self.start) / MINUTE_S

    def holds(self, at: float) -> bool:
        """Whether a moment lies within."""
        return self.start <= at < self.end

    def weight(self, at: float) -> float:
        """How much what happened `at` adds to the mean of all whole minutes within: a minute may begin anywhere in it.

        A plain count over the whole would be one too few or too many, which is much where requests are few. What is
        shorter than a minute is counted plainly, as if it went on.
        """
        if not self.holds(at):
            return 0.0
        starts = self.end - self.start - MINUTE_S
        if starts <= 0:
            return 1 / self.minutes
        return (min(at, self.end - MINUTE_S) - max(at - MINUTE_S, self.start)) / starts

    def middle(self, part: float) -> Window:
        """The middle `part` (0 to 1) of it."""
        cut = (self.end - self.start) * (1 - part) / 2
        return Window(self.start + cut, self.end - cut)

    def after(self, seconds: float) -> Window:
        """What is left of it after its first `seconds`; empty for a shorter one."""
        return Window(min(self.start + seconds, self.end), self.end)


def read_requests(events: Iterable[Mapping[str, Any]]) -> list[Request]:
    """The requests in a journal by their arrival; events of other kinds are passed over."""
    found = [_read(event) for event in events if event.get("event") == "request"]
    return sorted(found, key=lambda request: request.arrived)


def prompts_a_minute(requests: Iterable[Request], window: Window) -> float:
    """Prompts in answered requests by their arrival; NaN for an empty window, as for the next two."""
    return _rate(((r.arrived, len(r.ids)) for r in requests if r.status == ANSWERED), window)


def requests_a_minute(requests: Iterable[Request], window: Window) -> float:
    """Requests that the provider let in."""
    return _rate(((r.arrived, 1) for r in requests if r.admitted), window)


def tokens_a_minute(requests: Iterable[Request], window: Window) -> float:
    """Tokens charged: a prompt's on arrival, an answer's at its end."""
    return _rate((charge for r in requests for charge in ((r.arrived, r.tokens_in), (r.ended, r.tokens_out))), window)


def refusals(requests: Iterable[Request]) -> int:
    """Answers 429."""
    return sum(r.status == REFUSED for r in requests)


def answered_twice(requests: Iterable[Request]) -> int:
    """Items that more than one answer holds."""
    counts = Counter(item for r in requests if r.status == ANSWERED for item in r.ids)
    return sum(count > 1 for count in counts.values())


def tokens_a_prompt(requests: Sequence[Request]) -> float:
    """Tokens in and out for each answered prompt, its share of the rules included; NaN without one."""
    answered = [r for r in requests if r.status == ANSWERED]
    prompts = sum(len(r.ids) for r in answered)
    return sum(r.tokens_in + r.tokens_out for r in answered) / prompts if prompts else math.nan


def prompts_per_1000_tokens(requests: Sequence[Request]) -> float:
    """Answered prompts for each thousand tokens in and out; NaN when none were counted."""
    tokens = tokens_a_prompt(requests)
    return 1000 / tokens if tokens else math.nan


def prompts_a_request(requests: Iterable[Request]) -> float:
    """Mean of prompts in an answered request; NaN without one."""
    sizes = [len(r.ids) for r in requests if r.status == ANSWERED]
    return sum(sizes) / len(sizes) if sizes else math.nan


def most_at_once(requests: Iterable[Request]) -> int:
    """The most requests that were in flight together."""
    steps = sorted(step for r in requests if r.admitted for step in ((r.arrived, 1), (r.ended, -1)))
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def waits(requests: Iterable[Request], planned: Mapping[str, float]) -> list[float]:
    """Seconds from the planning of each item (its id: unix seconds) to the first request that carries it; sorted.

    An item that no request carries waits forever.
    """
    first: dict[str, float] = {}
    for request in requests:
        for item in request.ids:
            first.setdefault(item, request.arrived)
    return sorted(first.get(item, math.inf) - at for item, at in planned.items())


def requests_ahead(requests: Iterable[Request], planned: Mapping[str, float], margin_s: float) -> int:
    """The most requests that left before one that carries an item, though later than `margin_s` after its planning.

    What leaves sooner may have been put together already.
    """
    found = list(requests)
    return max((_ahead(found, item, at + margin_s) for item, at in planned.items()), default=0)


def percentile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that `part` (0 to 1) of the sorted values do not exceed; NaN for none."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan


def _ahead(requests: Sequence[Request], item: str, since: float) -> int:
    carrier = next((r.arrived for r in requests if item in r.ids), math.inf)
    return sum(since < r.arrived < carrier for r in requests)


def _read(event: Mapping[str, Any]) -> Request:
    usage = event.get("usage") or {}
    return Request(
        arrived=event["t0"],
        ended=event["t"],
        status=event["status"],
        ids=tuple(event.get("item_ids") or ()),
        tokens_in=usage.get("prompt_tokens", 0),
        tokens_out=usage.get("completion_tokens", 0),
    )


def _rate(amounts: Iterable[tuple[float, int]], window: Window) -> float:
    """The mean of `amounts` (moment, amount) over all whole minutes of the window."""
    if window.minutes <= 0:
        return math.nan
    return math.fsum(amount * window.weight(at) for at, amount in amounts)
