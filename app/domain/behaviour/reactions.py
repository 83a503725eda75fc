"""Reactions instead of replies, for messages that show a feeling and ask nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.domain.behaviour.chance import draw
from app.domain.behaviour.tick import TickContext
from app.domain.behaviour.trace import Step
from app.domain.conversation.views import ChatView, MessageView
from app.domain.delivery.emoji import plain_emoji
from app.domain.delivery.rests import EVERY_EMOJI
from app.domain.fleet.persona import EmotionView

GLAD = ("👍", "❤", "🔥", "👏", "😁", "🎉", "💯", "🏆", "🤩", "🥰", "🤣", "😍", "🤗", "😎", "⚡", "🍾", "🆒")
SAD = ("😢", "💔", "🙏", "🤔", "🤨", "😨", "😱", "🤯", "🫡", "😭", "🙈", "🕊")
"""Emoji of Telegram's set (app/domain/delivery/emoji.py) that answer good and bad feelings without scorn."""
PREFERRED = 8.0
"""Weight of the persona's emoji; that of the others is 1."""


def choose_reaction(
    message: MessageView, chat: ChatView, context: TickContext, rng: random.Random
) -> tuple[str | None, Step]:
    """Returns an emoji for the message to answer, or None for a reply in words."""
    obstacle = _obstacle(message, chat, context)
    if obstacle is not None:
        return None, Step("choose_reaction", obstacle)
    roll, p = rng.random(), chat.settings.reaction_probability
    if roll >= p:
        return None, Step("choose_reaction", "words", {"roll": roll, "p": p})
    emoji, pick = choose_emoji(message.sentiment or 0.0, context.bot.emotion, rng, chat.refused_emoji)
    return emoji, Step("choose_reaction", emoji, {"roll": roll, "p": p, "pick": pick})


def choose_emoji(
    sentiment: float, emotion: EmotionView, rng: random.Random, refused: frozenset[str] = frozenset()
) -> tuple[str, float]:
    """Draws an emoji that fits the sentiment and is not refused, preferring the persona's own; returns it and the
    roll.
    """
    fitting = _allowed(sentiment, refused)
    own = set(map(plain_emoji, emotion.emoji))
    index, roll = draw([PREFERRED if emoji in own else 1.0 for emoji in fitting], rng)
    return fitting[index], roll


def _allowed(sentiment: float, refused: frozenset[str]) -> list[str]:
    return [emoji for emoji in (GLAD if sentiment > 0 else SAD) if emoji not in refused]


def _obstacle(message: MessageView, chat: ChatView, context: TickContext) -> str | None:
    """Returns why no reaction is possible; None when one is."""
    if message.is_question or message.asks_opinion:
        return "asks_for_words"
    if message.sentiment is None or abs(message.sentiment) < chat.settings.reaction_feeling:
        return "no_strong_feeling"
    if context.reacted_last_hour >= context.settings.reactions_per_hour:
        return "reactions_cap"
    if EVERY_EMOJI in chat.refused_emoji or not _allowed(message.sentiment, chat.refused_emoji):
        return "reactions_rest"
    given = [reaction.bot_id for reaction in chat.reactions if reaction.message_id == message.id]
    return _had_its_share(given, context.bot.bot_id, chat.settings.reactions_per_message)


def _had_its_share(given: Sequence[int], bot_id: int, most: int) -> str | None:
    return "reacted_to_already" if bot_id in given or len(given) >= most else None
