"""Named features that score messages as reply targets, each with a number of about 0 to 1.

A feature's weight is the setting `reply_weight_` and its name. A feature scores all candidates in one call: a tick
scores thirty messages, and a call per number would cost more than the scoring.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from app.domain.behaviour.texts import Texts, fold
from app.domain.conversation.views import ChatView, MessageView
from app.domain.fleet.persona import BotProfile

MOST_TOPICS = 2.0
MOST_REPLIES = 3.0

Hits = Mapping[int, float]
"""Numbers by the index of the candidate; 0 where it is missing."""


class Candidates:
    """The messages that may be answered, and the data for their features."""

    __slots__ = ("bot", "chat", "messages", "now", "texts")

    def __init__(self, chat: ChatView, messages: Sequence[MessageView], bot: BotProfile, now: dt.datetime) -> None:
        self.chat = chat
        self.messages = messages
        self.bot = bot
        self.now = now
        self.texts = Texts([message.text for message in messages])


Feature = Callable[[Candidates], Hits]


def person(given: Candidates) -> Hits:
    """Scores 1 for a person's message."""
    return {place: 1.0 for place, message in enumerate(given.messages) if message.author_bot_id is None}


def fresh(given: Candidates) -> Hits:
    """Scores 1 for a message of this instant, falling to 0 at the horizon."""
    now, per_second = given.now, 1.0 / given.chat.settings.reply_horizon_s
    return {
        place: 1.0 - (now - message.sent_at).total_seconds() * per_second
        for place, message in enumerate(given.messages)
    }


def question(given: Candidates) -> Hits:
    """Scores 1 for a question."""
    return {place: 1.0 for place, message in enumerate(given.messages) if message.is_question}


def opinion(given: Candidates) -> Hits:
    """Scores 1 for a message that asks for opinions."""
    return {place: 1.0 for place, message in enumerate(given.messages) if message.asks_opinion}


def mention(given: Candidates) -> Hits:
    """Scores 1 for a message that names the bot or replies to it."""
    bot, texts = given.bot, given.texts
    own = {message.telegram_message_id for message in given.chat.messages if message.author_bot_id == bot.bot_id}
    hits = {place: 1.0 for place, message in enumerate(given.messages) if message.reply_to in own} if own else {}
    for name in ("@" + bot.username, bot.display_name):
        for place in texts.find(name, whole=True):
            hits[place] = 1.0
    return hits


def symbol(given: Candidates) -> Hits:
    """Scores 1 for a message with a symbol of the bot's watchlist."""
    watched = given.bot.watchlist
    hits = {place: 1.0 for place, m in enumerate(given.messages) if m.symbols and _meet(m.symbols, watched)}
    for entry in watched:
        for place in given.texts.find(entry, whole=True):
            hits[place] = 1.0
    return hits


def topic(given: Candidates) -> Hits:
    """Counts the bot's topics in a message, two at most."""
    labelled = [(place, message.topics) for place, message in enumerate(given.messages) if message.topics]
    hits: dict[int, float] = {}
    for entry in given.bot.topics:
        touched = given.texts.find(entry)
        if labelled:
            touched = list({*touched, *(place for place, topics in labelled if _meet(topics, (entry,)))})
        for place in touched:
            hits[place] = min(MOST_TOPICS, hits.get(place, 0.0) + 1.0)
    return hits


def emotion(given: Candidates) -> Hits:
    """Scores the strength of the sentiment, above 0 for an empathic bot, below for a cool one; 0 if it is unknown."""
    pull = 2.0 * given.bot.emotion.empathy - 1.0
    return {place: abs(message.sentiment) * pull for place, message in enumerate(given.messages) if message.sentiment}


def replies(given: Candidates) -> Hits:
    """Counts, below 0, the replies that a message has already, three at most."""
    answered = [message.reply_to for message in given.chat.messages if message.reply_to is not None]
    if not answered:
        return {}
    places = {message.telegram_message_id: place for place, message in enumerate(given.messages)}
    hits: dict[int, float] = {}
    for number in answered:
        place = places.get(number)
        if place is not None:
            hits[place] = max(-MOST_REPLIES, hits.get(place, 0.0) - 1.0)
    return hits


FEATURES: tuple[Feature, ...] = (person, fresh, question, opinion, mention, symbol, topic, emotion, replies)


def _meet(words: Sequence[str], wanted: Sequence[str]) -> bool:
    return not set(map(fold, words)).isdisjoint(map(fold, wanted))
