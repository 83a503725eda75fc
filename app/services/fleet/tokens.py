"""Token checks: is the token valid, which account and names has it, and where does Telegram deliver?"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import structlog

from app import metrics
from app.db import SessionFactory
from app.domain.errors import AnotherAccount, ConfigError, RetryAfter, TelegramError, Unauthorized
from app.domain.fleet.accounts import LONG_REST_S, OTHER_ACCOUNT
from app.domain.ingest.webhooks import check_public_url, webhook_url
from app.domain.ports import BotIdentity, Clock, Telegram, TokenVault
from app.repositories.fleet import bot_problems, broken_bots, tokens
from app.repositories.fleet.tokens import TokenTarget
from app.repositories.ingest.webhooks import BotAddress
from app.repositories.settings.overrides import read_update_mode
from app.services.ingest.webhooks import WebhookPorts, set_one
from app.services.work import TOKEN_CHECK, work_each
from app.services.work.kinds import CHECK_EVERY as EVERY

AGAIN = dt.timedelta(minutes=5)
"""When a bot is checked again after Telegram gave no answer, or asked for a shorter wait."""

CHECKS_AN_HOUR = 50
"""One check a minute, with room for ten that are missed."""

AT_ONCE = 8
LONGEST = dt.timedelta(seconds=45)
REFUSED = "Telegram refuses the token: enter a new one from @BotFather."
RECOVERED = "Telegram knows the token again (seen {now:%Y-%m-%d %H:%M} UTC): resume the bot if that is meant to be."
REFUSALS = ("401", "403", "404")

Outcome = Literal["good", "refused", "unreadable", "other_account", "waiting", "unreachable"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TokenPorts:
    """Ports that the token checks use."""

    sessions: SessionFactory
    telegram: Telegram
    vault: TokenVault
    webhooks: WebhookPorts
    clock: Clock


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one bot's check. `identity` is set when the token is good.

    `repaired` says what was wrong with its webhook, `unrepaired` why that could not be repaired; `wait` is how long
    Telegram wants to hear nothing of the bot.
    """

    target: TokenTarget
    outcome: Outcome
    detail: str
    identity: BotIdentity | None = None
    repaired: str | None = None
    unrepaired: str | None = None
    wait: dt.timedelta = dt.timedelta()


NoteEach = Callable[[Sequence[TokenTarget], Callable[[TokenTarget], Finding]], Sequence[Finding]]


def check_due(ports: TokenPorts) -> None:
    """Checks the bots whose last check is an hour ago, in slices, so that all are checked within an hour.

    A few run at a time; when Telegram answers none of them, or time runs out, the rest waits for the next run.
    """
    began = ports.clock.now()
    with ports.sessions() as session:
        left = math.ceil(tokens.count_bots(session) / CHECKS_AN_HOUR)
    while left > 0 and ports.clock.now() - began < LONGEST:
        now = ports.clock.now()
        with ports.sessions.begin() as session:
            mode = read_update_mode(session)
            targets = tokens.claim_due(session, now, now - EVERY, min(left, AT_ONCE))
        if not targets:
            return
        found = _check(ports, targets, mode, partial(work_each, ports.sessions, ports.clock, TOKEN_CHECK))
        left -= len(targets)
        _log(found)
        if found and all(finding.outcome == "unreachable" for finding in found):
            log.warning("token_checks_stopped", reason="Telegram cannot be reached")
            return


def check_now(ports: TokenPorts, bot_id: int | None = None) -> Sequence[Finding]:
    """Checks all bots, or one, and stores the findings; empty for a bot that does not exist."""
    with ports.sessions() as session:
        mode, targets = read_update_mode(session), tokens.list_targets(session, bot_id)
    return _check(ports, targets, mode, _note_all)


def examine_token(telegram: Telegram, vault: TokenVault, target: TokenTarget) -> Finding:
    """Calls getMe for a token. Raises nothing; does not retry after a 429."""
    try:
        identity = telegram.get_me(vault.decrypt(target.token_encrypted))
    except ConfigError as error:
        return Finding(target, "unreadable", error.problems[0])
    except Unauthorized:
        return Finding(target, "refused", "Telegram does not know the token (any more)")
    except AnotherAccount as error:
        return Finding(target, "other_account", str(error))
    except RetryAfter as error:
        return Finding(target, "waiting", str(error), wait=dt.timedelta(seconds=error.seconds))
    except TelegramError as error:
        return Finding(target, "unreachable", str(error))
    privacy = "off" if identity.reads_all_messages else "on"
    return Finding(target, "good", f"the token works, privacy mode is {privacy}", identity)


def _check(ports: TokenPorts, targets: Sequence[TokenTarget], mode: str, note_each: NoteEach) -> Sequence[Finding]:
    """Checks a few bots at a time, and stores the findings one after the other."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looks = {target.id: pool.submit(_check_one, ports, mode, target) for target in targets}
    return note_each(targets, partial(_note_look, ports, looks))


def _note_all(targets: Sequence[TokenTarget], note: Callable[[TokenTarget], Finding]) -> Sequence[Finding]:
    return [note(target) for target in targets]


def _note_look(ports: TokenPorts, looks: Mapping[int, Future[Finding]], target: TokenTarget) -> Finding:
    """Stores the finding of a check. Raises what the check raised."""
    finding = looks[target.id].result()
    _note(ports, finding)
    return finding


def _check_one(ports: TokenPorts, mode: str, target: TokenTarget) -> Finding:
    finding = examine_token(ports.telegram, ports.vault, target)
    if finding.outcome != "good" or target.status == "broken":
        return finding
    try:
        return replace(finding, repaired=repair_webhook(ports.webhooks, target, mode))
    except (TelegramError, ConfigError) as error:
        return replace(finding, unrepaired=str(error))


def repair_webhook(ports: WebhookPorts, target: TokenTarget, mode: str) -> str | None:
    """Sets or deletes a bot's webhook as the fleet's mode requires; returns what was wrong, or None.

    In mode `webhook` it is set again when its URL differs, or when this admin refused what Telegram delivered, as it
    does after SECRET_KEY was changed. In the other modes a webhook would keep the updates away. Raises TelegramError,
    or ConfigError when Telegram cannot deliver to PUBLIC_URL at all.
    """
    token = ports.vault.decrypt(target.token_encrypted)
    info = ports.telegram.get_webhook_info(token)
    if mode != "webhook":
        if not info.url:
            return None
        ports.telegram.delete_webhook(token)
        return f"a webhook was set in mode {mode}"
    wanted = webhook_url(check_public_url(ports.base, ports.telegram_url), target.public_id)
    refused = any(code in (info.last_error or "") for code in REFUSALS)
    if info.url == wanted and not refused:
        return None
    address = BotAddress(target.id, target.public_id, target.username, target.status, target.token_encrypted)
    set_one(ports, address, token)
    return "its deliveries were refused" if info.url == wanted else "it lay elsewhere" if info.url else "it was gone"


def _note(ports: TokenPorts, finding: Finding) -> None:
    target, now = finding.target, ports.clock.now()
    metrics.TOKEN_CHECKS.labels(finding.outcome).inc()
    if finding.repaired:
        metrics.TOKEN_CHECKS.labels("webhook_repaired").inc()
    with ports.sessions.begin() as session:
        if finding.outcome == "refused":
            broken_bots.break_bot(session, target.id, REFUSED, target.token_encrypted)
        if finding.outcome in {"waiting", "unreachable", "other_account"}:
            tokens.check_from(session, target.id, now - EVERY + max(AGAIN, finding.wait))
        if finding.wait.total_seconds() >= LONG_REST_S:
            bot_problems.see(session, target.id, "rest", now, now + finding.wait)
        if finding.outcome == "other_account":
            bot_problems.see(session, target.id, "other_account", now)
        if finding.identity is None:
            return
        tokens.note_good(session, target.id, finding.identity, now)
        bot_problems.clear(session, target.id, OTHER_ACCOUNT)
        if target.status == "broken":
            broken_bots.tell_of_recovery(session, target.id, RECOVERED.format(now=now))


def _log(found: Sequence[Finding]) -> None:
    for finding in found:
        bot = finding.target.id
        if finding.outcome != "good":
            log.warning("token_check", bot=bot, outcome=finding.outcome, detail=finding.detail)
        if finding.repaired:
            log.warning("webhook_repaired", bot=bot, reason=finding.repaired)
        if finding.unrepaired:
            log.warning("webhook_not_repaired", bot=bot, error=finding.unrepaired)
