"""What speaks for answering a message: named features, each with a number, about 0 to 1, for those it speaks for.

A feature's weight is the setting `reply_weight_` and its name. A feature looks at all candidates at once: one bot's
turn scores thirty messages, and a call for each number would cost more than all that is counted.
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
"""Numbers by the places of candidates; for the others the number is 0."""


class Candidates:
    """The messages that may be answered, and what their features are counted from."""

    __slots__ = ("bot", "chat", "messages", "now", "texts")

    def __init__(self, chat: ChatView, messages: Sequence[MessageView], bot: BotProfile, now: dt.datetime) -> None:
        self.chat = chat
        self.messages = messages
        self.bot = bot
        self.now = now
        self.texts = Texts([message.text for message in messages])


Feature = Callable[[Candidates], Hits]


def person(given: Candidates) -> Hits:
    """1 for a person's message."""
    return {place: 1.0 for place, message in enumerate(given.messages) if message.author_bot_id is None}


def fresh(given: Candidates) -> Hits:
    """1 for a message of this instant, falling to 0 at the horizon."""
    now, per_second = given.now, 1.0 / given.chat.settings.reply_horizon_s
    return {
        place: 1.0 - (now - message.sent_at).total_seconds() * per_second
        for place, message in enumerate(given.messages)
    }


def question(given: Candidates) -> Hits:
    """1 for a question."""
    return {place: 1.0 for place, message in enumerate(given.messages) if message.is_question}


def opinion(given: Candidates) -> Hits:
    """1 for a message that asks what others think."""
    return {place: 1.0 for place, message in enumerate(given.messages) if message.asks_opinion}


def mention(given: Candidates) -> Hits:
    """1 for a message that names the bot or answers something it said."""
    bot, texts = given.bot, given.texts
    own = {message.telegram_message_id for message in given.chat.messages if message.author_bot_id == bot.bot_id}
    hits = {place: 1.0 for place, message in enumerate(given.messages) if message.reply_to in own} if own else {}
    for name in ("@" + bot.username, bot.display_name):
        for place in texts.find(name, whole=True):
            hits[place] = 1.0
    return hits


def symbol(given: Candidates) -> Hits:
    """1 for a message about something on the bot's watchlist."""
    watched = given.bot.watchlist
    hits = {place: 1.0 for place, m in enumerate(given.messages) if m.symbols and _meet(m.symbols, watched)}
    for entry in watched:
        for place in given.texts.find(entry, whole=True):
            hits[place] = 1.0
    return hits


def topic(given: Candidates) -> Hits:
    """How many of the bot's topics a message touches, two at most."""
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
    """How strong the feeling is, above 0 for an empathic bot and below for a cool one; 0 where it is not known."""
    pull = 2.0 * given.bot.emotion.empathy - 1.0
    return {place: abs(message.sentiment) * pull for place, message in enumerate(given.messages) if message.sentiment}


def replies(given: Candidates) -> Hits:
    """Below 0: how many replies a message has already, three at most."""
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
