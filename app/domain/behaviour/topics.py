"""What a bot talks about when it opens a conversation."""

from __future__ import annotations

import random

from app.domain.behaviour.trace import Step
from app.domain.chat import ChatView
from app.domain.persona import BotProfile

FALLBACK = "what everyone is up to today"


def choose_topic(chat: ChatView, bot: BotProfile, rng: random.Random) -> tuple[str, Step]:
    """A subject of the bot's stances, topics or watchlist; those of the chat weigh double, those just used a tenth."""
    subjects = dict.fromkeys([*(stance.topic for stance in bot.stances), *bot.topics, *bot.watchlist, *chat.topics])
    if not subjects:
        return FALLBACK, Step("choose_topic", FALLBACK)
    wanted = {topic.lower() for topic in chat.topics}
    own = " ".join(m.text.lower() for m in chat.messages if m.author_bot_id == bot.bot_id)
    weights = [
        (2.0 if subject.lower() in wanted else 1.0) * (0.1 if subject.lower() in own else 1.0) for subject in subjects
    ]
    chosen = rng.choices(list(subjects), weights)[0]
    return chosen, Step("choose_topic", chosen, {"subjects": len(subjects)})
