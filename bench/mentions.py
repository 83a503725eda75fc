"""`python -m bench mentions`: from a webhook to the request with the prompt, while ticks saturate the workers."""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import click
from sqlalchemy import text

from app.adapters.clock import SystemClock
from app.cli.stack.ports import find_free
from app.db import SessionFactory, create_session_factory
from app.domain.ingest.webhooks import webhook_secret
from app.domain.lanes.leaks import canary_of
from app.domain.ports import TickRef
from app.models import Bot
from app.queues import tick_queue
from app.repositories.utterances.sql import read
from app.services.ingest.webhooks import list_addresses
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.journal import Request, percentile, read_requests
from bench.rig import Rig, open_rig
from bench.webhooks import HEADER
from sandbox.journal import read_journal
from tests.builders import make_bot, make_chat, make_update

SHARD = 0
QUEUE_LENGTH = 100
TOP_UP_S = 0.05
TICK_EXPIRES_S = 30.0
GRACE_S = 30.0
WITHIN_S = 0.5
AMPLE = ("--rpm", "100000", "--tpm", "100000000", "--token-latency", "0.004")
VARIABLES = {"LLM_RPM": "100000", "LLM_TPM": "100000000"}
BORN_LONG_AGO = 10**12
"""Milliseconds, long past: the limiter's first minute, in which its limit grows from zero, is over."""

WINDOW = "llm:window:openai:gpt-4o-mini"
ANSWERED = read("select count(*) from utterances where mention_id is not null and not state {WORDLESS}")
PLANS = text("""
    select m.telegram_message_id, u.id from mentions n join messages m on m.id = n.message_id
    join utterances u on u.mention_id = n.id
""")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a run: people ask `mentions` times within `seconds`, while `ambient` bots tick continuously."""

    mentions: int = 180
    seconds: float = 60.0
    ambient: int = 60
    saturated: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """The results: when each message was posted (unix seconds), its plan, the requests, and how busy ticks were."""

    conditions: Conditions
    posted: Mapping[int, float]
    plans: Mapping[int, str]
    requests: Sequence[Request]
    busy: float
    ticks: int

    @property
    def waits(self) -> list[float]:
        """Seconds from each post to the arrival of the request that carries its prompt; infinite where none came."""
        arrivals: dict[str, float] = {}
        for request in self.requests:
            for item in request.ids:
                arrivals.setdefault(item, request.arrived)
        return [arrivals.get(self.plans.get(message, ""), math.inf) - at for message, at in self.posted.items()]


ROWS = {"idle": Conditions(saturated=False), "ticks-use-the-workers": Conditions()}


def carry_out(
    rig: Rig,
    given: Conditions,
    journal: Path,
    fill: Callable[[], object] = lambda: None,
    beside: AbstractContextManager[object] | None = None,
) -> Run:
    """Runs real processes: the admin for webhooks, one worker for ticks, another for ingest, mentions and generation.

    `fill` inserts rows into the empty database first; `beside` is entered while people ask.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    rig.empty()
    fill()
    sessions = create_session_factory(rig.engine)
    asked = [make_bot(sessions, f"Asked{number}") for number in range(given.mentions)]
    talkers = [make_bot(sessions, f"Talker{number}") for number in range(given.ambient)]
    posts = _plan(sessions, asked, rig.environment["SECRET_KEY"])
    for bot in talkers:
        make_chat(sessions, bot)
    llm, web = find_free(), find_free()
    variables = {**VARIABLES, "LLM_URL": f"http://127.0.0.1:{llm}/v1", "LLM_MAX_IN_FLIGHT": "12"}
    with ExitStack() as stack:
        stack.enter_context(rig.llm_sandbox(llm, journal.absolute(), AMPLE))
        rig.redis[1].hset(WINDOW, "born", str(BORN_LONG_AGO))
        stack.enter_context(rig.web(web))
        stack.enter_context(rig.workers(1, variables, node="urgent,ingest,generation"))
        stack.enter_context(rig.workers(1, variables, node="ticks"))
        feed = stack.enter_context(_ticking(rig, [bot.id for bot in talkers] if given.saturated else []))
        stack.enter_context(beside or nullcontext())
        posted = asyncio.run(_post_all(f"http://127.0.0.1:{web}", posts, given.seconds))
        busy = feed.busy
        _wait_for_plans(rig, len(posted))
    with rig.engine.connect() as connection:
        plans = {int(message): canary_of(plan) for message, plan in connection.execute(PLANS)}
    return Run(given, posted, plans, read_requests(read_journal(journal)), busy, feed.published)


@dataclass
class _Feed:
    """Publishes ticks of unmentioned bots, more than the worker can process."""

    rig: Rig
    bots: Sequence[int]
    published: int = 0
    looks: int = 0
    full: int = 0

    @property
    def busy(self) -> float:
        """The share of polls that found ticks in the queue."""
        return self.full / self.looks if self.looks else 0.0

    def run(self, over: threading.Event) -> None:
        clock, number = SystemClock(), 0
        while not over.wait(TOP_UP_S):
            waiting = int(self.rig.redis[0].llen(tick_queue(SHARD)))
            self.looks += 1
            self.full += waiting > 0
            ticks = []
            for _ in range(QUEUE_LENGTH - waiting):
                ticks.append(TickRef(self.bots[number % len(self.bots)], clock.now(), SHARD))
                number += 1
            self.published += self.rig.queue.publish_ticks(ticks, TICK_EXPIRES_S)


@contextmanager
def _ticking(rig: Rig, bots: Sequence[int]) -> Iterator[_Feed]:
    """Keeps the queue of ticks full until the block ends."""
    feed, over = _Feed(rig, bots), threading.Event()
    thread = threading.Thread(target=feed.run, args=(over,))
    if bots:
        thread.start()
    try:
        yield feed
    finally:
        over.set()
        if bots:
            thread.join()


Post = tuple[int, str, str, dict[str, Any]]
"""A message's id, and the path, secret and update of its post."""


def _plan(sessions: SessionFactory, bots: Sequence[Bot], secret_key: str) -> list[Post]:
    """Returns one question a bot, each in a chat of its own, because a bot has one utterance at a time."""
    chats = [make_chat(sessions, bot) for bot in bots]
    public_ids = {bot.id: bot.public_id for bot in list_addresses(sessions)}
    now = int(SystemClock().now().timestamp())
    posts = []
    for number, (bot, chat) in enumerate(zip(bots, chats, strict=True), start=1):
        update = make_update(number, chat, number, f"@{bot.username} what do you make of number {number}?", date=now)
        public_id = public_ids[bot.id]
        posts.append((number, f"/telegram/{public_id}", webhook_secret(secret_key, public_id), update))
    return posts


async def _post_all(base: str, posts: Sequence[Post], seconds: float) -> dict[int, float]:
    """Posts each question at a random time within `seconds`; returns the times of the posts, in unix seconds."""
    chance, began = random.Random(7), time.monotonic()
    posted: dict[int, float] = {}
    async with aiohttp.ClientSession() as http:
        for at, (number, path, secret, update) in zip(
            sorted(chance.uniform(1, seconds) for _ in posts), posts, strict=True
        ):
            await asyncio.sleep(began + at - time.monotonic())
            posted[number] = time.time()
            async with http.post(base + path, json=update, headers={HEADER: secret}) as answer:
                answer.raise_for_status()
    return posted


def _wait_for_plans(rig: Rig, count: int) -> None:
    """Waits until every question's prompt was answered, or a timeout; a claimed one may not be requested yet."""
    deadline = time.monotonic() + GRACE_S
    with rig.engine.connect() as connection:
        while int(connection.scalar(ANSWERED) or 0) < count and time.monotonic() < deadline:
            connection.rollback()
            time.sleep(0.1)


def measure(name: str, run: Run) -> list[Figure]:
    """Returns the figures of one run."""
    waits = sorted(run.waits)
    lost = sum(not math.isfinite(wait) for wait in waits)
    figures = [
        Figure(name, "questions posted", len(waits), run.conditions.mentions, None),
        Figure(name, "questions without a request", lost, None, Target("at most", 0)),
        Figure(name, "webhook to request, p50 (s)", percentile(waits, 0.5), None, None),
        Figure(name, "webhook to request, p95 (s)", percentile(waits, 0.95), WITHIN_S, Target("at most", WITHIN_S)),
        Figure(name, "webhook to request, longest (s)", percentile(waits, 1), None, None),
    ]
    if run.conditions.saturated:
        figures += [
            Figure(name, "looks that found ticks waiting", run.busy, 1, Target("at least", 0.95)),
            Figure(name, "ambient ticks published", run.ticks, None, None),
        ]
    return figures


@click.command()
@click.option("--row", "names", multiple=True, type=click.Choice(list(ROWS)), help="Only these rows.")
@click.option("--seconds", type=click.FloatRange(5, 600), help="Seconds of a run, instead of 60; 3 questions a second.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/mentions.json"), show_default=True)
@click.pass_context
def mentions(ctx: click.Context, names: tuple[str, ...], seconds: float | None, out: Path) -> None:
    """Measure the way of a question: from Telegram's webhook to the language model.

    The provider's limit has room. In one row nothing else happens, in the other ambient ticks wait in the queue all the
    time. Both take about three minutes. Exit status 1 when a target is missed.

    \b
    Examples:
      python -m bench mentions
      python -m bench mentions --row ticks-use-the-workers --seconds 10
    """
    figures: list[Figure] = []
    with open_rig() as rig:
        for name, row in ROWS.items():
            if names and name not in names:
                continue
            given = replace(row, seconds=seconds, mentions=int(seconds * 3)) if seconds else row
            click.echo(f"{name}: {given.mentions} questions in {given.seconds:g} s", err=True)
            figures += measure(name, carry_out(rig, given, out.parent / f"mentions-{name}.jsonl"))
    save(out, "mentions", figures, {"rows": list(names) or "all", "seconds": seconds})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
