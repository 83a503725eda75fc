"""`python -m bench webhooks`: latency of answers to Telegram; whether updates are processed once and in order."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Mapping, Sequence
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
from app.models import Bot, Chat
from app.services.ingest.webhooks import list_addresses
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.journal import percentile
from bench.rig import Rig, open_rig
from tests.builders import make_bot, make_chat, make_update

DRAIN_S = 60.0
OK = 200
RETRY_S = 0.1
LOOK_S = 0.2
SEED = 7
HEADER = "X-Telegram-Bot-Api-Secret-Token"
WARM_S = 1.0
"""Excluded at the start: the first connections and statements of a fresh process are slow."""

NONE = Target("at most", 0)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions of a run: `updates` over `seconds`, of `chats` with `bots` each; every bot delivers every message."""

    updates: int = 10_000
    seconds: float = 60.0
    chats: int = 20
    bots: int = 1

    @property
    def messages(self) -> int:
        """The number of messages in each chat."""
        return self.updates // (self.chats * self.bots)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One update as Telegram sends it: seconds from the start, and of waiting for the answer."""

    at: float
    took: float
    status: int


@dataclass(frozen=True, slots=True)
class Run:
    """The results of a run: the deliveries, and by chat the Telegram ids of the messages in the order of storing."""

    conditions: Conditions
    deliveries: Sequence[Delivery]
    stored: Mapping[int, Sequence[int]]
    drained_s: float
    parsed: int


ROWS = {
    "one-bot-a-chat": Conditions(),
    "fifty-bots-a-chat": Conditions(chats=4, bots=50),
}


def carry_out(rig: Rig, given: Conditions) -> Run:
    """Runs real processes: the admin takes the updates, a worker processes them."""
    rig.empty()
    sessions = create_session_factory(rig.engine)
    posts = _plan(sessions, given, rig.environment["SECRET_KEY"])
    port = find_free()
    with rig.web(port), rig.workers(1, {}, node="ingest"):
        deliveries = asyncio.run(_deliver(f"http://127.0.0.1:{port}", posts, given.seconds))
        drained = _drain(rig)
    with rig.engine.connect() as connection:
        rows = connection.execute(text("select chat_id, telegram_message_id from messages order by id")).all()
        parsed = connection.scalar(text("select count(*) from inbox_updates where outcome = 'message'")) or 0
    stored: dict[int, list[int]] = {}
    for chat_id, message_id in rows:
        stored.setdefault(chat_id, []).append(message_id)
    return Run(given, deliveries, stored, drained, parsed)


def _plan(sessions: SessionFactory, given: Conditions, secret_key: str) -> list[list[tuple[str, str, dict[str, Any]]]]:
    """Returns path, secret and update of every post, a list per bot, as Telegram delivers a bot's updates in order."""
    now = int(SystemClock().now().timestamp())
    plans = []
    members: list[tuple[Bot, Chat]] = []
    for number in range(given.chats):
        bots = [make_bot(sessions, f"Bot{number}x{member}") for member in range(given.bots)]
        chat = make_chat(sessions, *bots, title=f"Chat {number}")
        members += [(bot, chat) for bot in bots]
    public_ids = {bot.id: bot.public_id for bot in list_addresses(sessions)}
    for bot, chat in members:
        public_id = public_ids[bot.id]
        path, secret = f"/telegram/{public_id}", webhook_secret(secret_key, public_id)
        plans.append(
            [
                (path, secret, make_update(n, chat, n, f"What do you make of number {n}?", date=now))
                for n in range(1, given.messages + 1)
            ]
        )
    return plans


async def _deliver(
    base: str, plans: Sequence[Sequence[tuple[str, str, dict[str, Any]]]], seconds: float
) -> list[Delivery]:
    """Posts every bot's updates one after the other, evenly over `seconds`; slow answers delay the bot's next ones."""
    deliveries: list[Delivery] = []
    chance = random.Random(SEED)
    began = time.monotonic()

    async def deliver(http: aiohttp.ClientSession, plan: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        gap = seconds / len(plan)
        offset = chance.random() * gap
        for number, (path, secret, update) in enumerate(plan):
            await asyncio.sleep(began + offset + number * gap - time.monotonic())
            status = 0
            while status != OK:
                at = time.monotonic()
                status = await _post(http, base + path, secret, update)
                deliveries.append(Delivery(at - began, time.monotonic() - at, status))

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*[deliver(http, plan) for plan in plans])
    return deliveries


async def _post(http: aiohttp.ClientSession, url: str, secret: str, update: dict[str, Any]) -> int:
    """Returns the answer's status; 0, after a pause, when there was none, since Telegram retries then too."""
    try:
        async with http.post(url, json=update, headers={HEADER: secret}) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientError:
        await asyncio.sleep(RETRY_S)
        return 0


def _drain(rig: Rig) -> float:
    """Returns the seconds until the inbox is empty; nudges in place of the beat."""
    began = time.monotonic()
    with rig.engine.connect() as connection:
        while connection.scalar(text("select count(*) from inbox_updates where done_at is null")):
            connection.rollback()
            if time.monotonic() - began > DRAIN_S:
                return math.inf
            rig.queue.nudge_ingest()
            time.sleep(LOOK_S)
    return time.monotonic() - began


def measure(name: str, run: Run) -> list[Figure]:
    """Returns the figures of one run."""
    given = run.conditions
    sent = given.messages * given.chats * given.bots
    people_said = given.messages * given.chats
    answered = [delivery for delivery in run.deliveries if delivery.status == OK]
    warm = sorted(delivery.took for delivery in answered if delivery.at >= WARM_S)
    ended = max((delivery.at + delivery.took for delivery in run.deliveries), default=math.nan)
    stored = sum(len(set(ids)) for ids in run.stored.values())
    disordered = sum(list(ids) != sorted(ids) for ids in run.stored.values())
    return [
        Figure(name, "updates answered with 200", len(answered), sent, Target("at least", sent)),
        Figure(name, "answers that were not 200", len(run.deliveries) - len(answered), None, None),
        Figure(name, "seconds for all of them", ended, given.seconds, Target("at most", given.seconds * 1.02 + 1)),
        Figure(name, "answered within, p50 (ms)", percentile(warm, 0.5) * 1000, None, None),
        Figure(name, "answered within, p99 (ms)", percentile(warm, 0.99) * 1000, 50, Target("at most", 50)),
        Figure(name, "answered within, longest (ms)", percentile(warm, 1) * 1000, None, None),
        Figure(name, "messages lost", people_said - stored, None, NONE),
        Figure(name, "messages stored twice", sum(map(len, run.stored.values())) - stored, None, NONE),
        Figure(name, "chats out of order", disordered, given.chats, NONE),
        Figure(name, "updates worked in by parsing", run.parsed, sent, None),
        Figure(name, "inbox empty after (s)", run.drained_s, None, Target("at most", 10)),
    ]


@click.command()
@click.option("--row", "names", multiple=True, type=click.Choice(list(ROWS)), help="Only these rows.")
@click.option("--updates", type=click.IntRange(200), help="Updates of a run, instead of 10,000.")
@click.option("--seconds", type=click.FloatRange(1, 600), help="Seconds over which they come, instead of 60.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/webhooks.json"), show_default=True)
@click.pass_context
def webhooks(ctx: click.Context, names: tuple[str, ...], updates: int | None, seconds: float | None, out: Path) -> None:
    """Measure webhooks: 10,000 updates in a minute, on the admin's own process and one worker.

    Both rows take about three minutes. Exit status 1 when a target is missed.

    \b
    Examples:
      python -m bench webhooks
      python -m bench webhooks --row one-bot-a-chat --updates 1000 --seconds 6
    """
    figures: list[Figure] = []
    with open_rig() as rig:
        for name, row in ROWS.items():
            if names and name not in names:
                continue
            given = replace(row, updates=updates or row.updates, seconds=seconds or row.seconds)
            click.echo(f"{name}: {given.updates} updates in {given.seconds:g} s", err=True)
            figures += measure(name, carry_out(rig, given))
    save(out, "webhooks", figures, {"rows": list(names) or "all", "updates": updates, "seconds": seconds})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
