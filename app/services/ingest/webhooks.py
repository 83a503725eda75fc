"""The update mode: webhooks, long polling or Telethon; switching the fleet."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from app.config import Settings
from app.db import SessionFactory
from app.domain.addresses import is_near
from app.domain.errors import ConfigError, RetryAfter, TelegramError
from app.domain.ingest.updates import ALLOWED_UPDATES
from app.domain.ingest.webhooks import UpdateMode, check_public_url, webhook_secret, webhook_url
from app.domain.ports import Telegram, TokenVault
from app.repositories.ingest import webhooks
from app.repositories.ingest.webhooks import BotAddress
from app.repositories.settings import overrides as repository

CALLS_AT_ONCE = 8
TRIES = 3
LONGEST_REST_S = 60.0


@dataclass(frozen=True, slots=True)
class WebhookPorts:
    """Ports that a switch uses. `base` is the admin's address as Telegram sees it."""

    sessions: SessionFactory
    telegram: Telegram
    vault: TokenVault
    secret_key: str
    telegram_url: str
    base: str | None
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Switched:
    """One bot after a switch: where its updates go now, or why it could not be switched."""

    bot_id: int
    username: str
    url: str
    error: str | None = None


def public_base(settings: Settings) -> str | None:
    """Returns PUBLIC_URL, else the admin's own address for a Bot API server on this machine or network, else None."""
    if settings.public_url:
        return settings.public_url
    host = settings.telegram_url.split("://")[-1].split("/")[0].rsplit(":", 1)[0].strip("[]")
    if not is_near(host):
        return None
    own = "127.0.0.1" if settings.web_host in {"", "0.0.0.0", "::"} else settings.web_host  # noqa: S104
    return f"http://{f'[{own}]' if ':' in own else own}:{settings.web_port}"


def webhook_ports(sessions: SessionFactory, telegram: Telegram, vault: TokenVault, settings: Settings) -> WebhookPorts:
    """Builds the ports of an installation."""
    secret_key = settings.secret_key.get_secret_value()
    return WebhookPorts(sessions, telegram, vault, secret_key, settings.telegram_url, public_base(settings))


def read_mode(sessions: SessionFactory) -> str:
    """Returns the current update mode."""
    with sessions() as session:
        return repository.read_update_mode(session)


def list_addresses(sessions: SessionFactory) -> Sequence[BotAddress]:
    """Returns every bot with its webhook address, by id."""
    with sessions() as session:
        return webhooks.list_addresses(session)


def switch_mode(ports: WebhookPorts, mode: UpdateMode, updated_by: str | None, dry_run: bool) -> Sequence[Switched]:
    """Switches the fleet's update mode, bot by bot; a failure stops no other bot and is reported.

    To webhooks: the mode is stored first, since a webhook ends a poll under way. Away from them: the webhooks go first,
    since a bot that has one cannot be polled. Updates that come meanwhile wait at Telegram. A repeated call repairs the
    rest. Broken bots are left out: their tokens are refused. Raises ConfigError when Telegram could not deliver to
    PUBLIC_URL at all.
    """
    base = check_public_url(ports.base, ports.telegram_url) if mode == "webhook" else ""
    addresses = [bot for bot in list_addresses(ports.sessions) if bot.status != "broken"]
    if dry_run:
        return [_outcome(bot, base) for bot in addresses]
    if mode == "webhook":
        _write(ports, mode, updated_by)
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        switched = list(pool.map(partial(_switch_bot, ports, base), addresses))
    if mode != "webhook":
        _write(ports, mode, updated_by)
    return switched


def set_one(ports: WebhookPorts, bot: BotAddress, token: str) -> None:
    """Sets one bot's webhook to this installation. Raises TelegramError, or ConfigError as `switch_mode` does."""
    base = check_public_url(ports.base, ports.telegram_url)
    secret = webhook_secret(ports.secret_key, bot.public_id)
    ports.telegram.set_webhook(token, webhook_url(base, bot.public_id), secret, ALLOWED_UPDATES)


def _write(ports: WebhookPorts, mode: str, updated_by: str | None) -> None:
    with ports.sessions.begin() as session:
        repository.write_update_mode(session, mode, updated_by)


def _switch_bot(ports: WebhookPorts, base: str, bot: BotAddress) -> Switched:
    try:
        token = ports.vault.decrypt(bot.token_encrypted)
        if base:
            _insist(ports, lambda: set_one(ports, bot, token))
        else:
            _insist(ports, lambda: ports.telegram.delete_webhook(token))
    except (TelegramError, ConfigError) as error:
        return _outcome(bot, base, str(error))
    return _outcome(bot, base)


def _insist(ports: WebhookPorts, call: Callable[[], None]) -> None:
    """Calls, and retries after Telegram's `retry_after`, three calls at most."""
    for attempt in range(1, TRIES + 1):
        try:
            call()
            return
        except RetryAfter as error:
            if attempt == TRIES or error.seconds > LONGEST_REST_S:
                raise
            ports.sleep(error.seconds)


def _outcome(bot: BotAddress, base: str, error: str | None = None) -> Switched:
    return Switched(bot.id, bot.username, webhook_url(base, bot.public_id) if base else "", error)
