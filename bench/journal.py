"""Figures of a run from the LLM sandbox's journal: pure arithmetic over its requests."""

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
        """Whether it counts against the limit, as a request cut off by the end of the run does."""
        return self.status in {ANSWERED, CLIENT_LEFT}


@dataclass(frozen=True, slots=True)
class Window:
    """A period of a run, in unix seconds; its end is exclusive."""

    start: float
    end: float

    @property
    def minutes(self) -> float:
        """Its length."""
        return (self.end - self.start) / MINUTE_S

    def holds(self, at: float) -> bool:
        """Whether a time lies within."""
        return self.start <= at < self.end

    def weight(self, at: float) -> float:
        """Returns the weight of an event `at` this time in the mean over all whole minutes within, whatever their
        start.

        A plain count could be off by one, which is much where requests are few. A window shorter than a minute is
        counted plainly and extrapolated.
        """
        if not self.holds(at):
            return 0.0
        starts = self.end - self.start - MINUTE_S
        if starts <= 0:
            return 1 / self.minutes
        return (min(at, self.end - MINUTE_S) - max(at - MINUTE_S, self.start)) / starts

    def middle(self, part: float) -> Window:
        """Returns the middle `part` (0 to 1) of the window."""
        cut = (self.end - self.start) * (1 - part) / 2
        return Window(self.start + cut, self.end - cut)

    def after(self, seconds: float) -> Window:
        """Returns the rest after the first `seconds`; empty for a shorter window."""
        return Window(min(self.start + seconds, self.end), self.end)


def read_requests(events: Iterable[Mapping[str, Any]]) -> list[Request]:
    """Returns the requests in a journal by their arrival; other events are skipped."""
    found = [_read(event) for event in events if event.get("event") == "request"]
    return sorted(found, key=lambda request: request.arrived)


def prompts_a_minute(requests: Iterable[Request], window: Window) -> float:
    """Returns prompts in answered requests by their arrival; NaN for an empty window, as for the next two."""
    return _rate(((r.arrived, len(r.ids)) for r in requests if r.status == ANSWERED), window)


def requests_a_minute(requests: Iterable[Request], window: Window) -> float:
    """Returns the requests that the provider admitted."""
    return _rate(((r.arrived, 1) for r in requests if r.admitted), window)


def tokens_a_minute(requests: Iterable[Request], window: Window) -> float:
    """Returns the tokens charged: a prompt's on arrival, an answer's at its end."""
    return _rate((charge for r in requests for charge in ((r.arrived, r.tokens_in), (r.ended, r.tokens_out))), window)


def refusals(requests: Iterable[Request]) -> int:
    """Counts the answers 429."""
    return sum(r.status == REFUSED for r in requests)


def answered_twice(requests: Iterable[Request]) -> int:
    """Counts items that are in more than one answer."""
    counts = Counter(item for r in requests if r.status == ANSWERED for item in r.ids)
    return sum(count > 1 for count in counts.values())


def tokens_a_prompt(requests: Sequence[Request]) -> float:
    """Returns the tokens in and out for each answered prompt, its share of the rules included; NaN without one."""
    answered = [r for r in requests if r.status == ANSWERED]
    prompts = sum(len(r.ids) for r in answered)
    return sum(r.tokens_in + r.tokens_out for r in answered) / prompts if prompts else math.nan


def prompts_per_1000_tokens(requests: Sequence[Request]) -> float:
    """Returns the answered prompts for each thousand tokens in and out; NaN when none were counted."""
    tokens = tokens_a_prompt(requests)
    return 1000 / tokens if tokens else math.nan


def prompts_a_request(requests: Iterable[Request]) -> float:
    """Returns the mean of prompts in an answered request; NaN without one."""
    sizes = [len(r.ids) for r in requests if r.status == ANSWERED]
    return sum(sizes) / len(sizes) if sizes else math.nan


def most_at_once(requests: Iterable[Request]) -> int:
    """Returns the most requests in flight at once."""
    steps = sorted(step for r in requests if r.admitted for step in ((r.arrived, 1), (r.ended, -1)))
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def waits(requests: Iterable[Request], planned: Mapping[str, float]) -> list[float]:
    """Returns the seconds from the planning of each item (its name: unix seconds) to its first request; sorted.

    Infinite for an item that is in no request.
    """
    first: dict[str, float] = {}
    for request in requests:
        for item in request.ids:
            first.setdefault(item, request.arrived)
    return sorted(first.get(item, math.inf) - at for item, at in planned.items())


def requests_ahead(requests: Iterable[Request], planned: Mapping[str, float], margin_s: float) -> int:
    """Returns the most requests sent before one with an item, though later than `margin_s` after its planning.

    Requests sent sooner may have been built before the item was planned.
    """
    found = list(requests)
    return max((_ahead(found, item, at + margin_s) for item, at in planned.items()), default=0)


def percentile(ordered: Sequence[float], part: float) -> float:
    """Returns the smallest value that `part` (0 to 1) of the sorted values do not exceed; NaN for none."""
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
    """Returns the mean of `amounts` (time, amount) over all whole minutes of the window."""
    if window.minutes <= 0:
        return math.nan
    return math.fsum(amount * window.weight(at) for at, amount in amounts)
