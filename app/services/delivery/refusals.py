"""What a permanent refusal of Telegram changes: the bot, its membership, or the place it was meant for."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from app.after_commit import after_commit
from app.domain.delivery.emoji import plain_emoji
from app.domain.delivery.rests import OUTSIDE_TOPICS, is_resting, name_place, reaction_place, text_place
from app.domain.errors import (
    ChatMigrated,
    ChatNotFound,
    Forbidden,
    Muted,
    NotAMember,
    TargetGone,
    TelegramError,
    Unauthorized,
)
from app.repositories.fleet import broken_bots, memberships, rests
from app.repositories.utterances.delivery import REACTION, ReadyUtterance

MEMBERSHIP_AFTER: tuple[tuple[type[TelegramError], str], ...] = (
    (Muted, "muted"),
    (NotAMember, "left"),
    (Forbidden, "kicked"),
    (ChatNotFound, "left"),
)

EXPELLED = ("kicked", "blocked", "deactivated", "deleted")
"""Words of a 403 that ends a membership; any other may concern the text or the topic."""

REFUSED_TOKEN = "Telegram refuses the token: enter a new one from @BotFather."  # noqa: S105 - a sentence

log = structlog.get_logger()


def stop_what_cannot_work(session: Session, utterance: ReadyUtterance, error: TelegramError, now: dt.datetime) -> None:
    """Stops the bot on a revoked token, the membership on a kick or mute, and lets a place rest that refuses all."""
    if isinstance(error, Unauthorized):
        broken_bots.break_bot(session, utterance.bot_id, REFUSED_TOKEN, utterance.token_encrypted)
        return
    status = _membership_after(error)
    if status is not None:
        memberships.end_membership(session, utterance.bot_id, utterance.chat_id, status, str(error))
    elif not isinstance(error, TargetGone | ChatMigrated):
        _let_rest(session, utterance, error, now)


def go_on(session: Session, utterance: ReadyUtterance) -> None:
    """Forgets earlier refusals of a place that has just taken a text or a reaction."""
    if utterance.kind == REACTION:
        rests.end_of_reaction(session, utterance.chat_id, plain_emoji(utterance.emoji or ""))
    else:
        thread_id = utterance.thread_id or OUTSIDE_TOPICS
        rests.end_of_text(session, utterance.bot_id, utterance.chat_id, thread_id)


def _membership_after(error: TelegramError) -> str | None:
    """Returns the status of a membership that an error ends; None when it ends none."""
    for kind, status in MEMBERSHIP_AFTER:
        if isinstance(error, kind):
            ends = kind is not Forbidden or any(word in str(error).lower() for word in EXPELLED)
            return status if ends else None
    return None


def _let_rest(session: Session, utterance: ReadyUtterance, error: TelegramError, now: dt.datetime) -> None:
    """Counts the refusal at its place, and logs the rest that it begins."""
    if utterance.kind == REACTION:
        place = reaction_place(utterance.chat_id, plain_emoji(utterance.emoji or ""), error)
    else:
        place = text_place(utterance.bot_id, utterance.chat_id, utterance.thread_id, error)
    standing = rests.note_failure(session, place, str(error), now)
    if standing.rests_until is not None and is_resting(standing.rests_until, now):
        after_commit(
            session,
            log.warning,
            "place_rests",
            bot=utterance.bot_id,
            chat=utterance.chat_id,
            reason=str(error),
            detail=name_place(place.thread_id, place.emoji),
            wait_s=round((standing.rests_until - now).total_seconds()),
            failures=standing.failures,
        )
