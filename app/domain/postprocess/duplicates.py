"""Checks for exact and near duplicates."""

from __future__ import annotations

from app.domain.postprocess.context import DraftContext


def is_duplicate(text: str, context: DraftContext) -> str | None:
    """Refuses a text that equals one of the chat's recent messages, or a recent text of the fleet anywhere."""
    said = {recent.casefold().strip() for recent in context.recent}
    return "duplicate" if text.casefold().strip() in said or context.recent_texts.repeats(text) else None


def is_near_duplicate(text: str, context: DraftContext) -> str | None:
    """Refuses a text that nearly equals a recent one of any bot of the fleet."""
    return "near_duplicate" if context.recent_texts.resembles(text) else None
