"""The steps of a text up to its claim: lease, typing, kill switches, safety, flood buckets."""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog

from app import metrics
from app.domain.delivery.emoji import check_reaction
from app.domain.delivery.markup import TEXT_LIMIT, utf16_length
from app.domain.delivery.rate import current_rate_factor, is_rate_limited
from app.domain.errors import ConfigError, RetryAfter, TelegramError
from app.domain.lanes.leaks import canary_of
from app.domain.safety import SafetyPolicy, check_safety
from app.domain.settings import FleetSettings
from app.repositories.fleet import broken_bots
from app.repositories.utterances import cancelling, delivery
from app.repositories.utterances.answers import COMMAND
from app.repositories.utterances.delivery import REACTION, ReadyUtterance
from app.services.delivery.ports import DeliveryPorts
from app.services.delivery.sending import send, slow_down
from app.services.utterances.life import log_step
from app.services.work import DELIVERY, work_each

BATCH = 4
LEASE_S = 30.0
TYPING_REPEAT_S = 4.5
IN_ORDER_S = 0.2
BLOCKED_RETRY_S = 5.0

log = structlog.get_logger()


def deliver(ports: DeliveryPorts) -> None:
    """Takes the next step of up to four due texts; nudges another delivery task when there may be more."""
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        due = delivery.lease_due(session, now, now + dt.timedelta(seconds=LEASE_S), BATCH)
    if len(due) == BATCH:
        ports.queue.nudge_delivery()
    work_each(ports.sessions, ports.clock, DELIVERY, due, partial(step, ports))


def step(ports: DeliveryPorts, utterance: ReadyUtterance) -> None:
    """Shows typing until `send_at`, then sends."""
    now = ports.clock.now()
    token = _open_token(ports, utterance, now)
    if token is None or _is_blocked(ports, utterance, now):
        return
    if now < utterance.send_at:
        _wait(ports, utterance, token, now)
    elif _may_send(ports, utterance, now):
        send(ports, utterance, token)


def _open_token(ports: DeliveryPorts, utterance: ReadyUtterance, now: dt.datetime) -> str | None:
    """Returns the bot's token; None when no key decrypts it, which takes only that bot out of service."""
    try:
        return ports.vault.decrypt(utterance.token_encrypted)
    except ConfigError:
        reason = "No key in ENCRYPTION_KEYS opens its token: put the old key back, or enter the token anew."
        with ports.sessions.begin() as session:
            if cancelling.withhold(session, utterance.id, "token_unreadable", now):
                log_step(session, "discarded", utterance.id, reason="token_unreadable")
            broken_bots.break_bot(session, utterance.bot_id, reason, utterance.token_encrypted)
        log.error("token_unreadable", bot=utterance.bot_id)
        return None


def _is_blocked(ports: DeliveryPorts, utterance: ReadyUtterance, now: dt.datetime) -> bool:
    """Postpones a text while its bot is paused, a kill switch is on, or an earlier text of its chat is unsent."""
    if utterance.rate_limited_until is not None and is_rate_limited(utterance.rate_limited_until, now):
        _postpone(ports, utterance, utterance.rate_limited_until)
        return True
    with ports.sessions() as session:
        blocked = delivery.blocked_by(session, utterance.id, now)
    if blocked is None:
        return False
    wait_s = IN_ORDER_S if blocked == delivery.NOT_ITS_TURN else BLOCKED_RETRY_S
    _postpone(ports, utterance, now + dt.timedelta(seconds=wait_s))
    return True


def _wait(ports: DeliveryPorts, utterance: ReadyUtterance, token: str, now: dt.datetime) -> None:
    """Waits until `send_at`: for a text, typing is repeated as Telegram requires; for a reaction nothing is shown."""
    if utterance.kind == REACTION:
        _postpone(ports, utterance, utterance.send_at)
    elif _show_typing(ports, utterance, token, now):
        next_at = now + dt.timedelta(seconds=TYPING_REPEAT_S)
        _postpone(ports, utterance, min(next_at, utterance.send_at))


def _show_typing(ports: DeliveryPorts, utterance: ReadyUtterance, token: str, now: dt.datetime) -> bool:
    """Shows typing; returns False when a 429 postponed the text.

    Typing is optional: without room in the rate limit it is skipped, and when Telegram refuses it, the send itself will
    report why.
    """
    if not ports.flood.take_action(utterance.bot_id, utterance.chat_id).granted:
        return True
    try:
        ports.telegram.send_typing(token, utterance.telegram_chat_id)
    except RetryAfter as error:
        with ports.sessions.begin() as session:
            delivery.postpone(session, utterance.id, slow_down(session, utterance, error.seconds, now))
        ports.flood.rest(utterance.bot_id, utterance.chat_id, error.seconds)
        return False
    except TelegramError as error:
        log.info("typing_failed", kind=type(error).__name__)
    log.debug("typing")
    return True


def _may_send(ports: DeliveryPorts, utterance: ReadyUtterance, now: dt.datetime) -> bool:
    """Checks safety on the exact text, then the flood buckets, then claims. Nothing waits after the claim."""
    settings = ports.settings.book().of(chat_id=utterance.chat_id)
    reason = _refuse(utterance, settings)
    if reason:
        with ports.sessions.begin() as session:
            if cancelling.withhold(session, utterance.id, reason, now):
                log_step(session, "discarded", utterance.id, reason=reason)
        return False
    rate_factor = current_rate_factor(utterance.rate_factor, utterance.rate_limited_until, now)
    most = settings.chat_messages_per_min if utterance.kind != REACTION else 0
    grant = ports.flood.take(utterance.bot_id, utterance.chat_id, rate_factor, most)
    if not grant.granted:
        metrics.FLOOD_WAITS.inc()
        _postpone(ports, utterance, now + dt.timedelta(seconds=grant.retry_in_s))
        return False
    with ports.sessions.begin() as session:
        claimed = delivery.claim_send(session, utterance.id, now, now + dt.timedelta(seconds=LEASE_S))
    if not claimed:
        _postpone(ports, utterance, now + dt.timedelta(seconds=IN_ORDER_S))
    return claimed


def _refuse(utterance: ReadyUtterance, settings: FleetSettings) -> str | None:
    """Returns why this exact text must not be sent; None when it may be."""
    if utterance.kind == REACTION:
        return check_reaction(utterance.emoji) or ("target_gone" if utterance.reply_to is None else None)
    if utf16_length(utterance.text) > TEXT_LIMIT:
        return "too_long"
    if utterance.kind == COMMAND:
        return None  # not written by a model: the words are ours or an operator's, who may want to be reachable
    policy = SafetyPolicy(settings.allowed_hosts, settings.blocked_words)
    reason = check_safety(utterance.text, policy, canary_of(utterance.id))
    return f"unsafe_{reason}" if reason else None


def _postpone(ports: DeliveryPorts, utterance: ReadyUtterance, at: dt.datetime) -> None:
    with ports.sessions.begin() as session:
        delivery.postpone(session, utterance.id, at)
