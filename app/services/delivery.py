"""From texts to chats: typing, the last checks, the claim, one POST, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.analysis.questions import is_question
from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    ConfigError,
    Forbidden,
    NotConnected,
    RetryAfter,
    ServerError,
    TelegramError,
    Unauthorized,
)
from app.domain.ports import Clock, EventStream, FloodLimiter, TaskQueue, Telegram, TokenVault
from app.domain.safety import check_safety
from app.repositories import mentions, outbox, utterances
from app.repositories.outbox import ReadyUtterance

BATCH = 4
LEASE_S = 30.0
TYPING_REPEAT_S = 4.5
IN_ORDER_S = 0.2
RETRY_S = 2.0
BLOCKED_RETRY_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeliveryPorts:
    """What delivery needs of the outside."""

    sessions: SessionFactory
    telegram: Telegram
    vault: TokenVault
    flood: FloodLimiter
    queue: TaskQueue
    events: EventStream
    clock: Clock


def deliver(ports: DeliveryPorts) -> None:
    """Takes the next step of up to four texts that are due. When there may be more, a sibling is asked to help."""
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        due = outbox.lease_due(session, now, now + dt.timedelta(seconds=LEASE_S), BATCH)
    if len(due) == BATCH:
        ports.queue.nudge_delivery()
    for utterance in due:
        step(ports, utterance)


def step(ports: DeliveryPorts, utterance: ReadyUtterance) -> None:
    """Shows typing until `send_at`; from then on, sends."""
    now = ports.clock.now()
    token = _open_token(ports, utterance, now)
    if token is None:
        return
    if now < utterance.send_at:
        _show_typing(ports, utterance, token)
        next_at = min(now + dt.timedelta(seconds=TYPING_REPEAT_S), utterance.send_at)
        _postpone(ports, utterance, next_at)
    elif _may_send(ports, utterance, now):
        send(ports, utterance, token)


def _open_token(ports: DeliveryPorts, utterance: ReadyUtterance, now: dt.datetime) -> str | None:
    """The bot's token; None when no key opens it, which takes that bot out of service and no other."""
    try:
        return ports.vault.decrypt(utterance.token_encrypted)
    except ConfigError:
        reason = "No key in ENCRYPTION_KEYS opens its token: put the old key back, or enter the token anew."
        with ports.sessions.begin() as session:
            utterances.discard(session, utterance.id, "token_unreadable", None, now)
            outbox.break_bot(session, utterance.bot_id, reason)
        log.error("token_unreadable", bot=utterance.bot_id)
        return None


def _may_send(ports: DeliveryPorts, utterance: ReadyUtterance, now: dt.datetime) -> bool:
    """Kill switches, safety on the exact text, flood buckets, in this order, and the claim. Nothing waits after it."""
    with ports.sessions.begin() as session:
        blocked = outbox.blocked_by(session, utterance.id)
    if blocked:
        _postpone(ports, utterance, now + dt.timedelta(seconds=BLOCKED_RETRY_S))
        return False
    reason = check_safety(utterance.text)
    if reason:
        with ports.sessions.begin() as session:
            utterances.discard(session, utterance.id, f"unsafe_{reason}", None, now)
        return False
    grant = ports.flood.take(utterance.bot_id, utterance.chat_id)
    if not grant.granted:
        metrics.FLOOD_WAITS.inc()
        _postpone(ports, utterance, now + dt.timedelta(seconds=grant.retry_in_s))
        return False
    with ports.sessions.begin() as session:
        claimed = outbox.claim_send(session, utterance.id, now, now + dt.timedelta(seconds=LEASE_S))
    if not claimed:
        _postpone(ports, utterance, now + dt.timedelta(seconds=IN_ORDER_S))
    return claimed


def send(ports: DeliveryPorts, utterance: ReadyUtterance, token: str) -> None:
    """One POST for a text that is claimed, and its outcome: sent, back to the outbox, failed, or unknown."""
    try:
        message_id = ports.telegram.send_message(
            token, utterance.telegram_chat_id, utterance.text, utterance.reply_to, utterance.thread_id
        )
    except TelegramError as error:
        _record_failure(ports, utterance, error)
        return
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        outbox.mark_sent(session, utterance.id, message_id, is_question(utterance.text), now)
        waiting = mentions.next_of(session, utterance.bot_id, now)
    metrics.SENDS.labels("sent").inc()
    metrics.UTTERANCES.labels("sent", "").inc()
    log.info("sent", utterance=utterance.id, bot=utterance.bot_id, chat=utterance.chat_id, message=message_id)
    ports.events.publish("message", chat_id=utterance.chat_id, bot_id=utterance.bot_id, utterance_id=utterance.id)
    if waiting:
        ports.queue.publish_urgent_tick(waiting)


def _record_failure(ports: DeliveryPorts, utterance: ReadyUtterance, error: TelegramError) -> None:
    """What Telegram did not take may be sent again; what it may have taken is `unknown` and is not."""
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        if isinstance(error, RetryAfter | NotConnected | ServerError):
            wait_s = error.seconds if isinstance(error, RetryAfter) else RETRY_S
            outbox.mark_unsent(session, utterance.id, now + dt.timedelta(seconds=wait_s))
        elif isinstance(error, ChatMigrated):
            outbox.move_chat(session, utterance.chat_id, error.new_chat_id)
            outbox.mark_unsent(session, utterance.id, now)
        elif error.permanent:
            outbox.mark_ended(session, utterance.id, "failed", str(error), now)
            _stop_what_cannot_work(session, utterance, error)
        else:
            outbox.mark_ended(session, utterance.id, "unknown", "no_answer_from_telegram", now)
    if isinstance(error, RetryAfter):
        ports.flood.rest(utterance.bot_id, utterance.chat_id, error.seconds)
    metrics.SENDS.labels(type(error).__name__).inc()
    log.warning(
        "send_failed", utterance=utterance.id, bot=utterance.bot_id, kind=type(error).__name__, error=str(error)
    )


def _stop_what_cannot_work(session: Session, utterance: ReadyUtterance, error: TelegramError) -> None:
    """A revoked token stops its bot, a kick stops the membership; both with a reason that the admin shows."""
    if isinstance(error, Unauthorized):
        outbox.break_bot(session, utterance.bot_id, "Telegram refuses the token: enter a new one from @BotFather.")
    elif isinstance(error, Forbidden):
        outbox.end_membership(session, utterance.bot_id, utterance.chat_id, "kicked", str(error))
    elif isinstance(error, BadRequest) and "chat not found" in str(error).lower():
        outbox.end_membership(session, utterance.bot_id, utterance.chat_id, "left", str(error))


def _show_typing(ports: DeliveryPorts, utterance: ReadyUtterance, token: str) -> None:
    """Typing is a courtesy: when Telegram refuses it, the message's own send will tell why."""
    try:
        ports.telegram.send_typing(token, utterance.telegram_chat_id)
    except TelegramError as error:
        log.info("typing_failed", utterance=utterance.id, kind=type(error).__name__)


def _postpone(ports: DeliveryPorts, utterance: ReadyUtterance, at: dt.datetime) -> None:
    with ports.sessions.begin() as session:
        outbox.postpone(session, utterance.id, at)
