"""The persona part of a prompt: complete, and the same for every message of its bot."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.domain.fleet.persona import BotProfile


def describe_persona(bot: BotProfile) -> dict[str, Any]:
    """Returns the persona as JSON values, in a fixed order."""
    return {
        "name": bot.display_name,
        "tone": bot.tone,
        "style": bot.style,
        "language": bot.language,
        "topics": list(bot.topics),
        "watchlist": list(bot.watchlist),
        "never_do": list(bot.never_do),
        "emotion": asdict(bot.emotion),
        "stances": [{"topic": s.topic, "position": s.position, "confidence": s.confidence} for s in bot.stances],
        "holdings": [{"symbol": h.symbol, "quantity": h.quantity, "fictional": True} for h in bot.holdings],
    }
