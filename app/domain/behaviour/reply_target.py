"""Which message an unasked reply answers: recent ones of others, questions and the bot's own subjects first."""

from __future__ import annotations

import datetime as dt
import random

from app.domain.behaviour.trace import Step
from app.domain.chat import ChatView, MessageView
from app.domain.persona import BotProfile
from app.domain.tick import TickContext

BEST = 5


def choose_target(
    chat: ChatView, context: TickContext, now: dt.datetime, rng: random.Random
) -> tuple[MessageView | None, Step]:
    """One of the best five candidates, at random by score; None when nothing in the chat is worth a reply."""
    horizon_s = context.settings.reply_horizon_s
    answered = {m.reply_to for m in chat.messages if m.author_bot_id == context.bot.bot_id}
    scored = [
        (score_message(message, context.bot, (now - message.sent_at).total_seconds() / horizon_s), message)
        for message in chat.messages
        if message.author_bot_id != context.bot.bot_id
        and message.author_id not in chat.muted
        and message.telegram_message_id not in answered
        and (now - message.sent_at).total_seconds() <= horizon_s
    ]
    if not scored:
        return None, Step("choose_target", "nothing_to_answer", {"messages": len(chat.messages)})
    best = sorted(scored, key=lambda pair: (-pair[0], pair[1].id))[:BEST]
    chosen = rng.choices([message for _, message in best], [score for score, _ in best])[0]
    return chosen, Step(
        "choose_target", f"message_{chosen.id}", {f"message_{m.id}": round(score, 3) for score, m in best}
    )


def score_message(message: MessageView, bot: BotProfile, age: float) -> float:
    """A positive score; `age` is 0 for a message of this instant and 1 at the horizon."""
    words = message.text.lower()
    subjects = (*bot.topics, *bot.watchlist)
    score = 2.0 * (1.0 - min(max(age, 0.0), 1.0))
    score += 1.0 if message.author_bot_id is None else 0.0
    score += 1.0 if message.is_question else 0.0
    score += 0.75 * min(2, sum(subject.lower() in words for subject in subjects))
    return score + 0.05
