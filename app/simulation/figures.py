"""Computes the report's figures from the counts of a run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.simulation.plan import START
from app.simulation.tally import Tally


def gini(counts: Sequence[float]) -> float:
    """Returns the Gini coefficient: 0 when all counts are equal, near 1 when one has all; 0 for no or only zero counts.

    Twice the ranks' weighted sum over n times the sum, less (n + 1) / n (Damgaard and Weiner 2000).
    """
    total, size = sum(counts), len(counts)
    if not total:
        return 0.0
    weighted = sum(rank * count for rank, count in enumerate(sorted(counts), 1))
    return 2 * weighted / (size * total) - (size + 1) / size


def lorenz(counts: Sequence[float]) -> list[float]:
    """Returns the share (0 to 1) of the total that the 0, 1, … n smallest counts have."""
    total, sums = sum(counts), [0.0]
    for count in sorted(counts):
        sums.append(sums[-1] + count)
    return [part / total if total else 0.0 for part in sums]


def quantile(counts: Mapping[int, int], part: float) -> int | None:
    """Returns the value that `part` of the counted ones do not exceed; None when nothing was counted."""
    reached, needed = 0, math.ceil(part * sum(counts.values()))
    for value, count in sorted(counts.items()):
        reached += count
        if reached >= needed:
            return value
    return None


def share(part: float, whole: float) -> float:
    """Returns `part` divided by `whole`, 0 when `whole` is 0."""
    return round(part / whole, 4) if whole else 0.0


def figures(tally: Tally, engine: str) -> dict[str, Any]:
    """Returns all figures of the report, JSON-ready. Equal runs give equal figures, to the last digit."""
    plan = tally.plan
    people = sum(map(sum, tally.people.values()))
    bots = sum(map(sum, tally.bots.values()))
    silent = sum(tally.silence.values())
    return {
        "parameters": {
            "hours": plan.hours,
            "bots": plan.bots,
            "chats": plan.chats,
            "seed": plan.seed,
            "people_per_hour": plan.people_per_hour,
            "starts_at": START.isoformat(),
            "engine": engine,
            "settings": dict(plan.overrides),
        },
        "turns": {
            "all": silent + tally.turns_that_spoke,
            "silent": silent,
            "spoke": tally.turns_that_spoke,
            "superseded": tally.superseded,
        },
        "messages": {
            "people": people,
            "bots": bots,
            "people_share": share(people, people + bots),
            **{kind: tally.kinds[kind] for kind in ("answers", "replies", "topics")},
            "reactions": tally.reactions,
        },
        "mentions": {
            "asked": tally.asked,
            "answered": sum(tally.waits.values()),
            "answered_share": share(sum(tally.waits.values()), tally.asked),
            "median_wait_s": quantile(tally.waits, 0.5),
            "p95_wait_s": quantile(tally.waits, 0.95),
        },
        "fairness": fairness(tally),
        "reply_depth": depths(tally),
        "least_gap_s": None if math.isinf(tally.least_gap_s) else round(tally.least_gap_s, 3),
        "per_hour": per_hour(tally),
        "per_chat": per_chat(tally),
        "silence": silence(tally),
    }


def fairness(tally: Tally) -> dict[str, Any]:
    """Returns how evenly the bots spoke, over all chats and within each."""
    spoken: Counter[int] = Counter({profile.bot_id: 0 for profile in tally.stage.profiles})
    for counts in tally.spoken.values():
        spoken.update(counts)
    within = [gini(list(counts.values())) for counts in tally.spoken.values() if counts]
    return {
        "gini": round(gini(list(spoken.values())), 4),
        "gini_within_chats": round(sum(within) / len(within), 4) if within else 0.0,
        "most": max(spoken.values(), default=0),
        "least": min(spoken.values(), default=0),
        "silent_bots": sum(count == 0 for count in spoken.values()),
        "lorenz": [round(part, 4) for part in lorenz(list(spoken.values()))],
    }


def depths(tally: Tally) -> dict[str, Any]:
    """Returns the depth of reply chains, and the length of bots' exchanges without a person."""
    replies = sum(tally.depths.values())
    total = sum(depth * count for depth, count in tally.depths.items())
    return {
        "mean": round(total / replies, 3) if replies else 0.0,
        "deepest": max(tally.depths, default=0),
        "longest_without_people": tally.longest_alone,
        "counts": {str(depth): tally.depths[depth] for depth in sorted(tally.depths)},
    }


def per_hour(tally: Tally) -> list[dict[str, int]]:
    """Returns messages of people and bots in each hour, over all chats."""
    return [
        {
            "hour": hour,
            "people": sum(counts[hour] for counts in tally.people.values()),
            "bots": sum(counts[hour] for counts in tally.bots.values()),
        }
        for hour in range(tally.hours)
    ]


def per_chat(tally: Tally) -> list[dict[str, Any]]:
    """Returns each chat with its messages by hour."""
    return [
        {
            "title": place.title,
            "bots_in_it": len(place.bot_ids),
            "people": sum(tally.people[place.id]),
            "bots": sum(tally.bots[place.id]),
            "people_share": share(sum(tally.people[place.id]), sum(tally.people[place.id]) + sum(tally.bots[place.id])),
            "gini": round(gini(list(tally.spoken[place.id].values())), 4),
            "people_by_hour": tally.people[place.id],
            "bots_by_hour": tally.bots[place.id],
        }
        for place in tally.stage.places
    ]


def silence(tally: Tally) -> list[dict[str, Any]]:
    """Returns the reasons for silence, the most frequent first, with their hours."""
    totals: Counter[str] = Counter()
    for (_, reason), count in tally.silence.items():
        totals[reason] += count
    return [
        {
            "reason": reason,
            "turns": count,
            "share": share(count, sum(totals.values())),
            "by_hour": [tally.silence[hour, reason] for hour in range(tally.hours)],
        }
        for reason, count in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    ]
