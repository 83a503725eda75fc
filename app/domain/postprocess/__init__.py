"""Post-processing of a model's draft: an ordered tuple of rewrites, then an ordered tuple of checks, safety last."""

from __future__ import annotations

from app.domain.postprocess.addressing import names_the_muted, names_the_unknown, remove_absent_names
from app.domain.postprocess.context import Check, DraftContext, Refused, Rewrite
from app.domain.postprocess.duplicates import is_duplicate, is_near_duplicate
from app.domain.postprocess.language import is_foreign
from app.domain.postprocess.length import is_empty, shorten
from app.domain.postprocess.recent_texts import RecentTexts
from app.domain.postprocess.refusals import is_refusal
from app.domain.postprocess.stances import contradicts_a_stance
from app.domain.postprocess.voice import apply_voice
from app.domain.postprocess.wrappers import strip_leaks, strip_wrappers, tidy_spaces
from app.domain.safety import check_safety
from app.domain.safety.injection import obeys

__all__ = ["CHECKS", "REWRITES", "DraftContext", "RecentTexts", "Refused", "finish"]

MOST_PASSES = 8


def finish(text: str, context: DraftContext) -> str | Refused:
    """Returns the text to send, or the refusal with its reason.

    That the model refused is seen before and after the rewrites: they take "as an AI" away, and what hides a refusal.
    """
    refused = is_refusal(text, context)
    text = _rewrite(text, context)
    reason = refused or next((reason for check in CHECKS if (reason := check(text, context))), None)
    return Refused(reason) if reason else text


def _rewrite(text: str, context: DraftContext) -> str:
    """Repeats the rewrites until nothing changes, as one may create work for another."""
    for _ in range(MOST_PASSES):
        before = text
        for rewrite in REWRITES:
            text = rewrite(text, context)
        if text == before:
            break
    return text


def follows_an_injection(text: str, context: DraftContext) -> str | None:
    """Refuses a text that follows an instruction in somebody's message."""
    return "obeys_an_injection" if obeys(text, context.demands) else None


def is_unsafe(text: str, context: DraftContext) -> str | None:
    """Refuses a text that the safety filter refuses."""
    reason = check_safety(text, context.policy, context.canary)
    return f"unsafe_{reason}" if reason else None


REWRITES: tuple[Rewrite, ...] = (tidy_spaces, strip_wrappers, strip_leaks, remove_absent_names, apply_voice, shorten)
CHECKS: tuple[Check, ...] = (
    is_empty,
    is_refusal,
    is_foreign,
    names_the_muted,
    names_the_unknown,
    is_duplicate,
    is_near_duplicate,
    contradicts_a_stance,
    follows_an_injection,
    is_unsafe,
)
