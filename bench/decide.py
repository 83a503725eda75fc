"""`python -m bench decide`: CPU time of one decision, with thirty messages that may be answered."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from app.domain.analysis.questions import is_question
from app.domain.behaviour.decide import decide
from app.domain.behaviour.features import FEATURES
from app.domain.behaviour.tick import Reply, TickContext
from app.domain.conversation.views import ChatView, MessageView
from app.domain.fleet.persona import BotProfile, EmotionView, StanceView
from app.domain.settings import FleetSettings
from bench.figures import MISSED, Figure, Target, format_table, save, summarise

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
MESSAGES = 30
MOST_MS = 0.1
TURNS, ROUNDS = 200, 40
LINES = (
    "morning all, did the update break sound for anyone else?",
    "works here, which card is it",
    "some intel thing, lspci says 82801",
    "I'd read the log before reinstalling anything",
    "what do you think of interest rates now that inflation is down a bit",
    "brb",
    "the new kernel is much better on my old laptop, half the boot time at least",
    "AMD or INTC for a small server?",
    "lol",
    "has anybody tried open source drivers for that printer from the office, the big grey one",
)


def build_scene() -> TickContext:
    """Returns a bot in one chat where thirty messages may be answered; a fifth of them are other bots'."""
    settings = FleetSettings(speak_probability=1.0, reply_probability=1.0, talk_backoff=0.0, share_free=100)
    messages = tuple(
        MessageView(
            id=number,
            telegram_message_id=1000 + number,
            author=f"Person {number % 7}",
            author_bot_id=2 + number % 3 if number % 5 == 0 else None,
            text=LINES[number % len(LINES)],
            sent_at=NOW - dt.timedelta(seconds=15 * (MESSAGES - number)),
            is_question=is_question(LINES[number % len(LINES)]),
            reply_to=1000 + number - 3 if number % 4 == 3 else None,
            author_id=number % 7,
            sentiment=0.6 if number % 6 == 0 else None,
        )
        for number in range(MESSAGES)
    )
    chat = ChatView(10, "Linux Corner", ("linux", "hardware"), messages, settings=settings, bots=5)
    bot = BotProfile(
        bot_id=1,
        username="ivo_bot",
        display_name="Ivo",
        tone="precise",
        topics=("linux", "hardware", "networks"),
        watchlist=("AMD", "INTC"),
        stances=(StanceView("linux", "read the log first", 0.9), StanceView("hardware", "cool it", 0.6)),
        emotion=EmotionView(0.6, 0.7, emoji=("👍",)),
    )
    return TickContext(bot, "active", (chat,), (), settings)


def measure(work: Callable[[random.Random], object], turns: int) -> float:
    """Returns CPU milliseconds a turn: the mean of a round, and the fastest of several rounds, as other load varies."""
    best = float("inf")
    for _ in range(ROUNDS):
        rngs = [random.Random(seed) for seed in range(turns)]
        began = time.process_time()
        for rng in rngs:
            work(rng)
        best = min(best, (time.process_time() - began) / turns)
    return best * 1000


def count_bare(context: TickContext) -> float:
    """Returns the CPU milliseconds of a loop that only visits each message once for each feature."""
    messages = context.chats[0].messages

    def look(_: random.Random) -> None:
        for _feature in FEATURES:
            for message in messages:
                _ = message.author_bot_id

    return measure(look, TURNS)


def measure_all(turns: int) -> list[Figure]:
    """Measures a turn that replies, one that opens a topic, and one that ends silent by chance."""
    scene = build_scene()
    chat = scene.chats[0]
    opening = replace(scene, chats=(replace(chat, settings=replace(chat.settings, reply_probability=0.0)),))
    silent = replace(scene, chats=(replace(chat, settings=replace(chat.settings, speak_probability=0.0)),))
    assert isinstance(decide(scene, NOW, random.Random(1)).plan, Reply)
    most = 1000 / count_bare(scene)
    figures: list[Figure] = []
    for row, context in (("reply", scene), ("topic", opening), ("silent", silent)):
        mean_ms = measure(partial(decide, context, NOW), turns)
        figures.append(Figure(row, "mean of a decision (ms)", mean_ms, None, Target("at most", MOST_MS)))
        figures.append(Figure(row, "decisions a second of one core", 1000 / mean_ms, most))
    return figures


@click.command("decide")
@click.option("--turns", type=click.IntRange(100), default=TURNS, show_default=True, help="Decisions in a round.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/decide.json"), show_default=True)
@click.pass_context
def decisions(ctx: click.Context, turns: int, out: Path) -> None:
    """Measure what one decision costs, with 30 messages that may be answered.

    The limit is how often a second the same interpreter only looks at each message once for each feature.

    \b
    Examples:
      python -m bench decide
    """
    figures = measure_all(turns)
    save(out, "decide", figures, {"turns": turns, "messages": MESSAGES})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
