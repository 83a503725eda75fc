"""The expectations on a run, and messages about those not met."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from sandbox.report.report import Report

Profile = Literal["demo", "crowd", "own"]

DEMO_BOTS = 12
DEMO_SECONDS = 90.0
DEMO_MESSAGES = 30
DEMO_FROM_TICKS = 12
DEMO_SPEAKERS = 8
REQUEST_WITHIN_S = 1.0
SENT_WITHIN_S = 3.0
CROWD_PROMPTS = 5


def broken_promises(report: Report, profile: Profile) -> list[str]:
    """Returns one line for each promise that `report` breaks, none when all were kept.

    `demo` judges a small fleet below the provider's limits: 30 messages, 12 of them unprompted, by 8 bots, in 90
    seconds with 12 bots. A shorter run, or a smaller fleet, owes in proportion, rounded up; a longer or larger one owes
    the same. `crowd` judges a fleet that shares few requests: it must batch prompts, and its latency is not judged.
    `own` judges what holds with any model, however slow it is.
    """
    further: dict[Profile, Callable[[Report], Iterable[str]]] = {"demo": _demo, "crowd": _crowd}
    return [*_common(report), *(further[profile](report) if profile in further else ())]


def _common(report: Report) -> Iterator[str]:
    if report.bot_messages == 0:
        yield "no bot said anything"
    if report.said_twice:
        yield f"{report.said_twice} messages were said twice"
    if report.lost:
        yield f"{report.lost} mentions or utterances were lost"
    if report.telegram_429:
        yield f"Telegram answered 429 {report.telegram_429} times"
    if report.llm_429:
        yield f"the LLM provider answered 429 {report.llm_429} times"
    if report.processes_left:
        yield f"{report.processes_left} processes were left running"


def _demo(report: Report) -> Iterator[str]:
    share = min(1.0, report.seconds / DEMO_SECONDS) * min(1.0, report.bots / DEMO_BOTS)
    owed = (
        ("bot messages", report.bot_messages, DEMO_MESSAGES),
        ("messages that nobody prompted", report.from_ticks, DEMO_FROM_TICKS),
        ("bots that spoke", report.bots_that_spoke, DEMO_SPEAKERS),
    )
    for what, count, full in owed:
        least = max(1, math.ceil(round(full * share, 6)))
        if count < least:
            yield f"{count} {what}, and {least} were promised"
    if report.distinct_texts != report.bot_messages:
        yield f"only {report.distinct_texts} of {report.bot_messages} texts differ"
    if report.mentions == 0:
        yield "nobody mentioned a bot, so no answer could be judged"
    if report.mentions_answered < report.mentions:
        yield f"{report.mentions - report.mentions_answered} of {report.mentions} mentions were not answered"
    yield from _late("from a mention to the request", report.mention_to_request_p95_s, REQUEST_WITHIN_S)
    yield from _late(
        "from a mention to its answer, less typing,", report.mention_to_sent_p95_s_less_typing, SENT_WITHIN_S
    )


def _crowd(report: Report) -> Iterator[str]:
    if report.prompts_per_request <= CROWD_PROMPTS:
        yield f"{report.prompts_per_request} prompts per request, and more than {CROWD_PROMPTS} were promised"


def _late(what: str, seconds: float | None, limit: float) -> Iterator[str]:
    if seconds is not None and seconds > limit:
        yield f"{what} 95% took up to {seconds} s, and {limit} s were promised"
