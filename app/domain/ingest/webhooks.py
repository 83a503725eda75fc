"""URL and secret of a bot's webhook: https://core.telegram.org/bots/api#setwebhook"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Literal
from urllib.parse import urlsplit

from app.domain.addresses import is_near
from app.domain.errors import ConfigError

UpdateMode = Literal["webhook", "poll", "telethon"]
MODES: tuple[UpdateMode, ...] = ("webhook", "poll", "telethon")
DEFAULT_MODE: UpdateMode = "poll"

TELEGRAM_HOST = "api.telegram.org"
PORTS = frozenset({80, 88, 443, 8443})
PREFIX = "/telegram/"


def webhook_secret(secret_key: str, public_id: str) -> str:
    """Returns the bot's secret for X-Telegram-Bot-Api-Secret-Token: 43 URL-safe characters.

    HMAC-SHA256 of the bot's public id: nothing has to be stored, and a new SECRET_KEY changes all secrets.
    """
    digest = hmac.digest(secret_key.encode(), f"telegram-webhook:{public_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def webhook_url(public_url: str, public_id: str) -> str:
    """Returns the webhook URL of one bot. It holds no secret: URLs end up in logs."""
    return f"{public_url.rstrip('/')}{PREFIX}{public_id}"


def check_public_url(public_url: str | None, telegram_url: str) -> str:
    """Returns `public_url` if Telegram can deliver to it. Raises ConfigError with the reason.

    Telegram requires https on port 443, 80, 88 or 8443. A self-hosted Bot API server takes plain http and any port on
    its own machine or network.
    """
    if not public_url:
        raise ConfigError(
            ["PUBLIC_URL: webhooks need the admin's address as Telegram sees it, such as https://chorus.example"]
        )
    parts = urlsplit(public_url)
    if urlsplit(telegram_url).hostname != TELEGRAM_HOST and is_near(parts.hostname or ""):
        return public_url
    if parts.scheme != "https":
        raise ConfigError([f"PUBLIC_URL: Telegram delivers to https only, and {public_url} is not"])
    port = parts.port or 443
    if port not in PORTS:
        raise ConfigError([f"PUBLIC_URL: Telegram delivers to ports 443, 80, 88 and 8443 only, not to {port}"])
    if telegram_url and is_near(parts.hostname or ""):
        raise ConfigError(
            [f"PUBLIC_URL: {parts.hostname} is an address of this machine or network; Telegram cannot reach it"]
        )
    return public_url
