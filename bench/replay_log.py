"""`python -m bench replay-log`: which messages bots answer in an hour of a real group, and whether they ask for it."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from app.adapters.exports import read_export
from app.domain.analysis.addressing import Addressable, find_addressed
from app.domain.analysis.questions import asks_opinion, is_question
from app.domain.behaviour.tick import Reply
from app.domain.conversation.views import ChatView, MessageView
from app.domain.fleet.persona import BotProfile, EmotionView
from app.domain.ingest.exports import BadExport, ExportedMessage, find_author_id
from app.domain.settings import FleetSettings
from bench.exports import CHAT_HELP, find_exports
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.virtual_fleet import Room, VirtualFleet

CHAT = 1
HOUR_S = 3600
FEWEST_REPLIES, LEAST_SHARE = 40, 0.75
NAMES = ("Ada", "Bruno", "Cleo", "Emil", "Farida", "Ivo")
TOPICS = (
    ("kernel", "drivers"),
    ("desktop", "themes"),
    ("servers", "networks"),
    ("packages", "updates"),
    ("sound", "video"),
    ("disks", "boot"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of an hour: people's messages, those that ask for something, and the replies to either kind."""

    people: int
    asked: int
    replies: int
    replies_to_asked: int
    topics: int
    reactions: int


def read_log(file: Path, chat: str | None = None) -> list[MessageView]:
    """Returns the busiest hour of a Telegram Desktop export, oldest first; a minute's messages are spread over it.

    Raises BadExport.
    """
    said = sorted(
        (message for message in read_export(file, chat).messages if not message.is_service),
        key=lambda message: message.seconds,
    )
    if not said:
        raise BadExport(f"{file} has no messages; choose an export of a chat in which people wrote")
    chosen = _busiest_hour(said)
    in_minute = Counter(message.seconds for message in chosen)
    seen: Counter[float] = Counter()
    messages: list[MessageView] = []
    for message in chosen:
        minute = message.seconds
        messages.append(_view(message, minute + 60 * seen[minute] / in_minute[minute]))
        seen[minute] += 1
    return sorted(messages, key=lambda message: message.sent_at)


def _busiest_hour(said: Sequence[ExportedMessage]) -> Sequence[ExportedMessage]:
    """Returns the messages of the hour with most of them, beginning with one of them; the earliest such hour."""
    times = [message.seconds for message in said]
    ends = [bisect_left(times, time + HOUR_S) for time in times]
    begin = max(range(len(times)), key=lambda place: ends[place] - bisect_left(times, times[place]))
    return said[bisect_left(times, times[begin]) : ends[begin]]


def _view(message: ExportedMessage, sent_s: float) -> MessageView:
    return MessageView(
        message.id,
        message.id,
        message.author,
        None,
        message.text,
        dt.datetime.fromtimestamp(sent_s, dt.UTC),
        is_question=is_question(message.text),
        asks_opinion=asks_opinion(message.text),
        reply_to=message.reply_to,
        author_id=hash_author(message.sender),
    )


def hash_author(from_id: str) -> int:
    """Returns the number of an export's author: user123 is 123, channel123 is not; 0 without one."""
    return find_author_id(from_id) or 0


def make_profiles() -> list[BotProfile]:
    """Creates six bots with different interests."""
    return [
        BotProfile(number, f"{name.lower()}_bot", name, "helpful", topics=topics, emotion=EmotionView(0.5, 0.6))
        for number, (name, topics) in enumerate(zip(NAMES, TOPICS, strict=True), start=1)
    ]


def asks_for_something(message: MessageView, bots: Sequence[BotProfile]) -> bool:
    """Returns the bench's label: whether it is a question, asks for an opinion, or addresses one of the bots."""
    addressable = [Addressable(bot.bot_id, bot.username, bot.display_name) for bot in bots]
    return message.is_question or message.asks_opinion or bool(find_addressed(message.text, addressable))


def replay(messages: Sequence[MessageView], settings: FleetSettings, seed: int) -> Outcome:
    """Replays the hour to the bots, each taking a turn in every jittered tick interval."""
    bots = make_profiles()
    room = Room(ChatView(CHAT, "A group", ("linux",), (), settings=settings), tuple(bot.bot_id for bot in bots))
    fleet = VirtualFleet([room], bots, settings, seed)
    rng = random.Random(seed)
    interval_s = settings.tick_interval_s
    start = messages[0].sent_at
    due = {bot.bot_id: start + dt.timedelta(seconds=rng.uniform(0, interval_s)) for bot in bots}
    for message in messages:
        while (bot_id := min(due, key=due.__getitem__)) and due[bot_id] <= message.sent_at:
            fleet.tick(bot_id, due[bot_id])
            due[bot_id] += dt.timedelta(seconds=interval_s * rng.uniform(0.75, 1.25))
        fleet.hear(CHAT, message)
    fleet.advance(messages[-1].sent_at + dt.timedelta(hours=1))
    return count(fleet, messages, bots)


def count(fleet: VirtualFleet, messages: Sequence[MessageView], bots: Sequence[BotProfile]) -> Outcome:
    """Counts the labels of all messages, and of the answered ones."""
    asked = {message.id for message in messages if asks_for_something(message, bots)}
    kinds = Counter(type(said.plan).__name__ for said in fleet.said)
    replies = [said.plan.message_id for said in fleet.said if isinstance(said.plan, Reply)]
    return Outcome(
        people=len(messages),
        asked=len(asked),
        replies=len(replies),
        replies_to_asked=sum(message_id in asked for message_id in replies),
        topics=kinds["OpenTopic"],
        reactions=kinds["React"],
    )


def judge(name: str, outcome: Outcome) -> list[Figure]:
    """Returns the share of replies to messages that ask for something, beside the share of such messages in the log."""
    share = outcome.replies_to_asked / outcome.replies if outcome.replies else float("nan")
    return [
        Figure(name, "people's messages", outcome.people),
        Figure(name, "replies", outcome.replies, None, Target("at least", FEWEST_REPLIES)),
        Figure(name, "replies to what was asked", share, 1.0, Target("at least", LEAST_SHARE)),
        Figure(name, "base rate of what was asked", outcome.asked / outcome.people, 1.0),
        Figure(name, "topics opened", outcome.topics),
        Figure(name, "reactions", outcome.reactions),
    ]


@click.command("replay-log")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--chat", metavar="NAME", help=CHAT_HELP)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/replay-log.json"), show_default=True)
@click.pass_context
def replay_log(ctx: click.Context, data: Path, chat: str | None, seed: int, out: Path) -> None:
    """Replay the busiest hour of each chat export in a folder through the engine, with six bots as members.

    The settings are the defaults. A message asks for something when it is a question, asks for an opinion or calls a
    bot; bots' own messages are no part of the base rate. Exit status 1 when a target is missed.

    \b
    Examples:
      python -m bench replay-log --data ../shared/data/group_chats/ubuntu-dev
    """
    figures: list[Figure] = []
    try:
        logs = {file.stem: read_log(file, chat) for file in find_exports(data)}
    except BadExport as error:
        raise click.UsageError(str(error)) from None
    for name, messages in logs.items():
        figures += judge(name, replay(messages, FleetSettings(), seed))
    save(out, "replay-log", figures, {"data": str(data), "seed": seed})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
