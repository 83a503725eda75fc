"""The figures of a run, computed from the sandboxes' journals and nothing else."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.report.llm_facts import LlmRequest, RequestIndex, read_llm_requests
from sandbox.report.repetition import find_repeated
from sandbox.report.telegram_facts import (
    Addressing,
    BotMessage,
    Event,
    PersonMessage,
    TelegramFacts,
    read_telegram_facts,
)


@dataclass(frozen=True)
class Report:
    """A run between two times. Counts are of events in between; latencies are seconds, None without a sample.

    The last three tell of the start: seconds in which the environment was made, seconds from the command to the first
    bot's message, and MB of the environment; None when nobody told when the command began, or what it runs in.
    """

    seconds: float
    bots: int
    chats: int
    people_messages: int
    mentions: int
    mentions_answered: int
    bot_messages: int
    from_ticks: int
    bots_that_spoke: int
    distinct_texts: int
    said_twice: int
    lost: int
    unknown: int
    telegram_429: int
    llm_429: int
    llm_requests: int
    prompts_per_request: float
    mention_to_request_p95_s: float | None
    mention_to_sent_p95_s_less_typing: float | None
    processes_left: int
    setup_s: float | None = None
    first_message_s: float | None = None
    environment_mb: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def build_report(
    telegram_events: Iterable[Event],
    llm_events: Iterable[Event],
    start: float,
    end: float,
    *,
    settled: float | None = None,
    unsettled_utterances: int = 0,
    processes_left: int = 0,
    begun: float | None = None,
) -> Report:
    """Returns the report on the time from `start` to `end` (unix seconds, both included).

    Mentions in it may be answered until `settled`; until then no message may be repeated, lost or refused. Earlier
    events only identify the accounts. `unsettled_utterances` (plans without a final state) count as lost. `begun` (unix
    seconds) is when the command was started that started the run.
    """
    last = end if settled is None else max(end, settled)
    facts = read_telegram_facts(event for event in telegram_events if event["t"] <= last)
    requests = [one for one in read_llm_requests(llm_events) if start <= one.t0 <= last]
    settling = [message for message in facts.sent if message.t >= start]
    sent = [message for message in settling if message.t <= end]
    mentions = [message for message in facts.mentions() if start <= message.t <= end]
    answers = find_answers(mentions, settling)
    addressing = Addressing(facts)
    return Report(
        seconds=round(end - start, 1),
        bots=len(facts.bots),
        chats=len(facts.chats),
        people_messages=sum(start <= message.t <= end for message in facts.people),
        mentions=len(mentions),
        mentions_answered=len(answers),
        from_ticks=sum(not addressing.was_prompted(message) for message in sent),
        **_count_messages(sent),
        said_twice=len(find_repeated(facts.sent, addressing, start)),
        lost=sum(is_lost(mention, settling, addressing) for mention in mentions) + unsettled_utterances,
        unknown=sum(message.unconfirmed for message in settling),
        telegram_429=sum(at >= start for at in facts.refusals_429),
        mention_to_request_p95_s=percentile_95(_until_request(mentions, answers, requests, facts)),
        mention_to_sent_p95_s_less_typing=percentile_95(_until_sent(answers, facts)),
        **_count_requests(requests),
        processes_left=processes_left,
        first_message_s=round(facts.sent[0].t - begun, 1) if facts.sent and begun is not None else None,
    )


def _count_messages(sent: Sequence[BotMessage]) -> dict[str, int]:
    return {
        "bot_messages": len(sent),
        "bots_that_spoke": len({message.bot_id for message in sent}),
        "distinct_texts": len({message.text for message in sent}),
    }


def _count_requests(requests: Sequence[LlmRequest]) -> dict[str, Any]:
    return {
        "llm_429": sum(request.status == 429 for request in requests),
        "llm_requests": len(requests),
        "prompts_per_request": _mean([request.prompts for request in requests if request.accepted]),
    }


Answers = dict[PersonMessage, BotMessage]


def find_answers(mentions: Sequence[PersonMessage], sent: Sequence[BotMessage]) -> Answers:
    """Returns the mentioned bot's first reply to each mention, for those that got one."""
    first: dict[tuple[int, int | None, int], BotMessage] = {}
    for message in sent:
        first.setdefault((message.chat_id, message.reply_to, message.bot_id), message)
    found = ((mention, first.get((mention.chat_id, mention.id, mention.mentions or 0))) for mention in mentions)
    return {mention: answer for mention, answer in found if answer is not None}


def is_lost(mention: PersonMessage, sent: Sequence[BotMessage], addressing: Addressing) -> bool:
    """Whether no later message of the mentioned bot answers the mention, or at least its author: by reply to the
    mention, to another message of the same person, or by naming them.
    """
    later = (
        message
        for message in sent
        if message.bot_id == mention.mentions and message.chat_id == mention.chat_id and message.t >= mention.t
    )
    return not any(_is_for(mention, message, addressing) for message in later)


def _is_for(mention: PersonMessage, message: BotMessage, addressing: Addressing) -> bool:
    if message.reply_to is not None:
        target = addressing.target_of(message)
        return target is not None and target.from_id == mention.from_id and target.t >= mention.t
    return mention.from_name != "" and mention.from_name.casefold() in message.text.casefold()


def _until_request(
    mentions: Sequence[PersonMessage], answers: Answers, requests: Sequence[LlmRequest], facts: TelegramFacts
) -> list[float]:
    """Returns the seconds from each mention to the arrival of the first request with it. An answered mention without
    such a request counts with the time of its answer, which is later than any request for it was.
    """
    index = RequestIndex(requests, facts.bots.values())
    spans = []
    for mention in mentions:
        arrival = index.first_arrival(mention, facts.bots.get(mention.mentions or 0))
        if arrival is None and mention in answers:
            arrival = answers[mention].t
        if arrival is not None:
            spans.append(arrival - mention.t)
    return spans


def _until_sent(answers: Answers, facts: TelegramFacts) -> list[float]:
    """Returns the seconds from each mention to its answer, less the time since the bot's first `typing` for it."""
    spans = []
    for mention, answer in answers.items():
        began = (
            typing.t
            for typing in facts.typing
            if (typing.bot_id, typing.chat_id) == (answer.bot_id, answer.chat_id) and mention.t <= typing.t <= answer.t
        )
        spans.append(min(began, default=answer.t) - mention.t)
    return spans


def percentile_95(values: Sequence[float]) -> float | None:
    """Returns the 95th percentile by nearest rank, to the millisecond; None without values."""
    if not values:
        return None
    return round(sorted(values)[math.ceil(0.95 * len(values)) - 1], 3)


def _mean(values: Sequence[int]) -> float:
    return round(sum(values) / len(values), 2) if values else 0.0
