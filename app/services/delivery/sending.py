"""One POST for a claimed utterance, and its outcome: sent, back to `ready`, failed, or unknown."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.delivery.rate import current_rate_factor, lowered_rate_factor
from app.domain.errors import (
    ChatMigrated,
    Conflict,
    NotConnected,
    OutcomeUnknown,
    RetryAfter,
    ServerError,
    TargetGone,
    TelegramError,
)
from app.repositories.fleet import chat_migration, memberships
from app.repositories.ingest import mentions
from app.repositories.utterances import delivery, outcomes
from app.repositories.utterances.delivery import REACTION, ReadyUtterance
from app.repositories.utterances.outcomes import ERROR_ANSWER, NO_ANSWER
from app.services.delivery.ports import DeliveryPorts
from app.services.delivery.refusals import go_on, stop_what_cannot_work

RETRY_S = 2.0

REACTION_TRIES = 3
"""Most calls for one reaction whose outcome is unknown: set twice, it is the same."""

log = structlog.get_logger()


def send(ports: DeliveryPorts, utterance: ReadyUtterance, token: str) -> None:
    """Sends a claimed text or reaction to Telegram once, and records the outcome."""
    log.info("sending", **_keys(utterance))
    try:
        message_id = _post(ports, utterance, token)
    except TelegramError as error:
        _record_failure(ports, utterance, error)
        return
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        if message_id is None:
            outcomes.mark_reacted(session, utterance.id, now)
        else:
            outcomes.mark_sent(session, utterance.id, message_id, utterance.text, now)
        if utterance.failing:
            go_on(session, utterance)
        waiting = mentions.next_of(session, utterance.bot_id, now)
    metrics.SENDS.labels("sent").inc()
    metrics.UTTERANCES.labels("sent", "").inc()
    log.info("sent", **_keys(utterance), message=message_id)
    ports.events.publish("message", chat_id=utterance.chat_id, bot_id=utterance.bot_id, utterance_id=utterance.id)
    if waiting:
        ports.queue.publish_urgent_tick(waiting)


def slow_down(session: Session, utterance: ReadyUtterance, seconds: float, now: dt.datetime) -> dt.datetime:
    """Pauses this bot in this chat only after a 429, and halves its rate factor. Returns when the pause ends.

    The pause is stored in Postgres, to survive a loss of Redis; the caller updates the flood limiter after the commit.
    """
    until = now + dt.timedelta(seconds=seconds)
    rate_factor = lowered_rate_factor(current_rate_factor(utterance.rate_factor, utterance.rate_limited_until, now))
    memberships.slow_down(session, utterance.bot_id, utterance.chat_id, rate_factor, until)
    log.warning("slowed_down", bot=utterance.bot_id, chat=utterance.chat_id, wait_s=seconds, rate=round(rate_factor, 2))
    return until


def _post(ports: DeliveryPorts, utterance: ReadyUtterance, token: str) -> int | None:
    """Returns the new message's id; None for a reaction, which has none."""
    chat_id = utterance.telegram_chat_id
    if utterance.kind == REACTION:
        ports.telegram.set_reaction(token, chat_id, utterance.reply_to or 0, utterance.emoji or "")
        return None
    return ports.telegram.send_message(token, chat_id, utterance.text, utterance.reply_to, utterance.thread_id)


def _record_failure(ports: DeliveryPorts, utterance: ReadyUtterance, error: TelegramError) -> None:
    """Requeues what Telegram refused; what it may have accepted becomes `unknown` and is not sent again."""
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        state = _put_back_or_end(session, utterance, error, now)
    if isinstance(error, RetryAfter):
        ports.flood.rest(utterance.bot_id, utterance.chat_id, error.seconds)
    metrics.SENDS.labels(type(error).__name__).inc()
    keys = {**_keys(utterance), "reason": type(error).__name__, "error": str(error)}
    if state is None:
        log.info("settled_meanwhile", **keys)
    else:
        log.warning(state, **keys)


def _put_back_or_end(session: Session, utterance: ReadyUtterance, error: TelegramError, now: dt.datetime) -> str | None:
    """Returns the new state of the utterance; None when the send was settled elsewhere meanwhile."""
    state = "ready"
    if isinstance(error, RetryAfter):
        changed = delivery.return_unsent(session, utterance.id, slow_down(session, utterance, error.seconds, now))
    elif isinstance(error, NotConnected | Conflict) or _may_repeat(utterance, error):
        changed = delivery.return_unsent(session, utterance.id, now + dt.timedelta(seconds=RETRY_S))
    elif isinstance(error, ChatMigrated) and _follow(session, utterance, error):
        changed = delivery.return_unsent(session, utterance.id, now)
    elif error.permanent:
        state, reason = "failed", "target_gone" if isinstance(error, TargetGone) else str(error)
        changed = outcomes.mark_failed(session, utterance.id, reason, now)
        stop_what_cannot_work(session, utterance, error, now)
    else:
        state, answered = "unknown", not isinstance(error, OutcomeUnknown) or error.answered
        changed = outcomes.mark_unknown(session, utterance.id, now, ERROR_ANSWER if answered else NO_ANSWER)
    return state if changed else None


def _may_repeat(utterance: ReadyUtterance, error: TelegramError) -> bool:
    """Returns whether a call whose outcome is unknown is repeated: only that of a reaction, and not for ever."""
    unknown = isinstance(error, ServerError | OutcomeUnknown)
    return unknown and utterance.kind == REACTION and utterance.attempts + 1 < REACTION_TRIES


def _keys(utterance: ReadyUtterance) -> dict[str, object]:
    return {"utterance": utterance.id, "bot": utterance.bot_id, "chat": utterance.chat_id}


def _follow(session: Session, utterance: ReadyUtterance, error: ChatMigrated) -> bool:
    """Migrates the chat to its new id; returns whether that worked."""
    return chat_migration.follow_migration(session, utterance.telegram_chat_id, error.new_chat_id)
