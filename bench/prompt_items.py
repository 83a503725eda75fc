"""Fixed prompt items for the bench of prompts: bots that answer, and open topics, in lively groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.conversation.views import MessageView
from app.domain.fleet.persona import BotProfile, EmotionView, HoldingView, StanceView
from app.domain.lanes.leaks import canary_of
from app.domain.prompting import PromptItem
from app.domain.prompting.lines import choose_lines

NOW = dt.datetime(2026, 11, 29, 9, 30, tzinfo=dt.UTC)
HISTORY = 60
BATCH = 20
EVERY_OTHER = 30
"""Seconds between two messages of a chat."""

NAMES = ("Ada", "Bruno", "Cleo", "Ivo", "Nora", "Pia", "Umut", "Vera", "Deniz", "Elif")
PEOPLE = ("Grace", "Mehmet K.", "old_sailor", "Jo", "Sven Larsson", "ayşe", "Tom")
TOPICS = ("interest rates", "coffee", "open source", "gardens", "old films", "football", "batteries", "night trains")
LINES = (
    "morning all, did the update break sound for anyone else?",
    "what do you think of interest rates now that inflation is down a bit",
    "works here, which card is it",
    "I'd read the log before reinstalling anything",
    "the new kernel is much better on my old laptop, half the boot time at least",
    "lol",
    "has anybody tried the night train to Vienna? I wonder whether one sleeps at all",
    "we did in March, bring earplugs and take the top bunk, it was better than the hotel afterwards",
    "bugün hava çok güzel, kim sahile iniyor?",
    "My landlord wants to replace the heating next spring and asks whether we would pay a part of it, which seems odd",
    "coffee prices again, 40% more than last year at the place around the corner",
    "that is not the beans, that is the rent",
    "true, but a bad harvest in two countries at once does not help either",
    "anyone watching the match tonight",
    "yes! if the left back is fit we win by two",
    "I planted the garlic too late, didn't I",
    "no, it's fine until the ground freezes",
)
PARTS: tuple[tuple[Sequence[str], int, int], ...] = ((NAMES, 1, 0), (TOPICS, 1, 0), (TOPICS, 3, 1))
ASKED = (
    "{}, would you fix the rate now or wait for the spring?",
    "what do you make of that, {}?",
    "{} do you still think the small makers are underrated after this week?",
    "sence de öyle mi {}?",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """How many bots and chats a batch of twenty prompts is spread over."""

    bots: int
    chats: int


SCENES = {"demo": Scene(10, 3), "crowd": Scene(20, 20)}
"""The demo's fleet, where bots of a chat ride together, and a crowd, where nothing is shared."""


def make_items(scene: Scene, count: int) -> list[PromptItem]:
    """Returns the first `count` items of a scene: three replies to one topic, equal for equal arguments."""
    return [_make_item(scene, number) for number in range(count)]


def make_bot(number: int) -> BotProfile:
    """Returns a bot with a persona as operators write it."""
    name, one, other = (source[(number * step + start) % len(source)] for source, step, start in PARTS)
    return BotProfile(
        bot_id=number + 1,
        username=f"{name.lower()}{number}_bot",
        display_name=name if number < len(NAMES) else f"{name} {number}",
        tone="dry and exact, with a soft spot for numbers that somebody else has already checked",
        style="short sentences, one number at most, asks back more than it claims",
        timezone="Europe/Istanbul" if number % 3 else "UTC",
        topics=(one, other, "weather"),
        watchlist=("US10Y", "TLT") if number % 2 else (),
        never_do=("give personal investment advice", "claim to be a person"),
        emotion=EmotionView(0.35 + number % 3 / 5, 0.3, emoji=("🤔", "👍")),
        stances=(
            StanceView(one, "it stays as it is for longer than most expect", 0.7),
            StanceView(other, "it comes down slowly and with setbacks", 0.6),
        ),
        holdings=(HoldingView("TLT", 40.0, 91.2),) if number % 2 else (),
    )


def conversation(scene: Scene, chat: int) -> tuple[MessageView, ...]:
    """Returns the last messages of a chat, a quarter of them by bots; near the end people ask the bots of the scene."""
    asks = [_ask(scene, number) for number in range(BATCH) if number % scene.chats == chat and number % 4]
    told = [_line(chat, place) for place in range(HISTORY)]
    for back, ask in enumerate(reversed(asks)):
        told.insert(len(told) - 1 - 2 * back - back, ask)
    told = told[-HISTORY:]
    return tuple(_message(chat, place, *line) for place, line in enumerate(told))


def _line(chat: int, place: int) -> tuple[str, int | None, str]:
    """Returns who said a line of small talk, as which bot if it was one, and its words."""
    by_bot = place % 4 == 2
    names = NAMES if by_bot else PEOPLE
    return names[(place + chat) % len(names)], place + 1 if by_bot else None, LINES[(place * 5 + chat * 3) % len(LINES)]


def _ask(scene: Scene, number: int) -> tuple[str, int | None, str]:
    bot = make_bot(number % scene.bots)
    return PEOPLE[number % len(PEOPLE)], None, f"{ASKED[number % len(ASKED)].format(bot.display_name)} ({number})"


def _message(chat: int, place: int, author: str, author_bot_id: int | None, text: str) -> MessageView:
    return MessageView(
        id=chat * 1000 + place,
        telegram_message_id=48_000 + chat * 1000 + place,
        author=author,
        author_bot_id=author_bot_id,
        text=text,
        sent_at=NOW - dt.timedelta(seconds=EVERY_OTHER * (HISTORY - place)),
        author_id=None if author_bot_id else PEOPLE.index(author),
    )


def _make_item(scene: Scene, number: int) -> PromptItem:
    chat = number % scene.chats
    told = conversation(scene, chat)
    _, _, words = _ask(scene, number)
    target = next((one for one in told if one.text == words), None)
    return build_item(number + 1, make_bot(number % scene.bots), chat, told, target)


def build_item(
    number: int, bot: BotProfile, chat: int, told: Sequence[MessageView], target: MessageView | None
) -> PromptItem:
    """Returns the item of an answer to `target`, or of a topic, as the service makes one."""
    parents = _links(told)
    lines = choose_lines(told, parents, target)
    return PromptItem(
        utterance_id=81_000 + number,
        bot=bot,
        chat_title=f"Corner {chat} of odd ends",
        chat_topics=("markets", "everyday life"),
        messages=lines.newest,
        target=target,
        topic=None if target else TOPICS[number % len(TOPICS)],
        max_words=40,
        canary=canary_of(81_000 + number),
        thread=lines.thread,
        said_before=("I would wait for two more readings before I believe it.",) if number % 2 else (),
        chat_id=chat,
        visible=tuple(told),
        now=NOW,
    )


def _links(told: Sequence[MessageView]) -> dict[int, int]:
    """Returns each message's parent: every third begins a thread, the others answer the one three before."""
    ids = [message.telegram_message_id for message in told]
    return {one: ids[place - 3] if place >= 3 and place % 3 else one for place, one in enumerate(ids)}
