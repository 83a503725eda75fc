"""The persona part of a prompt: the same for every message of its bot, without what is empty or usual."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from app.domain.fleet.persona import BotProfile, EmotionView

USUAL = EmotionView()

SHORT_LIST = 2
"""Stances, topics and examples that the short form shows."""


def describe_persona(bot: BotProfile) -> dict[str, Any]:
    """Returns the persona as JSON values, in a fixed order."""
    return _told(
        {
            "name": bot.display_name,
            "tone": bot.tone,
            "style": bot.style,
            "language": bot.language,
            "examples": list(bot.examples),
            "topics": list(bot.topics),
            "watchlist": list(bot.watchlist),
            "never_do": list(bot.never_do),
            "emotion": _describe_emotion(bot.emotion),
            "stances": [[s.topic, s.position, s.confidence] for s in bot.stances],
            "fictional_holdings": {h.symbol: h.quantity for h in bot.holdings},
        }
    )


def describe_shortly(bot: BotProfile) -> dict[str, Any]:
    """Returns what a small model is told of a persona: its voice, what it must not do, its first topics and stances."""
    whole = describe_persona(bot)
    shown = ("name", "tone", "style", "language", "examples", "topics", "never_do", "stances", "fictional_holdings")
    cut = {"examples", "topics", "stances"}
    return {key: whole[key][:SHORT_LIST] if key in cut else whole[key] for key in shown if key in whole}


def _describe_emotion(emotion: EmotionView) -> dict[str, Any]:
    """Returns what differs from a temper in the middle with nothing of its own."""
    told = {spec.name: getattr(emotion, spec.name) for spec in fields(emotion)}
    differing = {key: value for key, value in told.items() if value != getattr(USUAL, key)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in differing.items()}


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
