"""Nothing is said twice: not in the same words, and not in nearly the same ones."""

from __future__ import annotations

from app.domain.postprocess.context import DraftContext


def is_duplicate(text: str, context: DraftContext) -> str | None:
    """Refuses what was said word for word in the chat's recent messages, or lately anywhere by the fleet."""
    said = {recent.casefold().strip() for recent in context.recent}
    return "duplicate" if text.casefold().strip() in said or context.recent_texts.repeats(text) else None


def is_near_duplicate(text: str, context: DraftContext) -> str | None:
    """Refuses what some bot of the fleet said lately in nearly the same words."""
    return "near_duplicate" if context.recent_texts.resembles(text) else None
