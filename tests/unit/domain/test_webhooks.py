from __future__ import annotations

import re

import pytest

from app.domain.errors import ConfigError
from app.domain.ingest.webhooks import check_public_url, webhook_secret, webhook_url

OFFICIAL, OWN = "https://api.telegram.org", "http://127.0.0.1:8081"
ONE, TWO = "6f1c1a2e-0000-4000-8000-000000000001", "6f1c1a2e-0000-4000-8000-000000000002"


def test_every_bot_has_a_secret_of_its_own_that_telegram_accepts():
    secrets = {webhook_secret("k" * 40, ONE), webhook_secret("k" * 40, TWO), webhook_secret("j" * 40, ONE)}
    assert len(secrets) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in secrets)
    assert webhook_secret("k" * 40, ONE) == webhook_secret("k" * 40, ONE)


def test_an_address_holds_the_public_id_and_nothing_else():
    assert webhook_url("https://chorus.example/", ONE) == f"https://chorus.example/telegram/{ONE}"


@pytest.mark.parametrize(
    ("public_url", "telegram_url"),
    [
        ("https://chorus.example", OFFICIAL),
        ("https://chorus.example:8443", OFFICIAL),
        ("https://8.8.8.8:88", OFFICIAL),
        ("http://127.0.0.1:8080", OWN),
        ("http://[::1]:8080", OWN),
        ("http://web:8080", "http://bot-api:8081"),
        ("http://10.0.0.4:8080", "http://10.0.0.5:8081"),
        ("https://chorus.example", OWN),
    ],
)
def test_an_address_that_telegram_can_deliver_to(public_url, telegram_url):
    assert check_public_url(public_url, telegram_url) == public_url


@pytest.mark.parametrize(
    ("public_url", "telegram_url", "told"),
    [
        (None, OFFICIAL, "PUBLIC_URL"),
        ("http://chorus.example", OFFICIAL, "https only"),
        ("http://chorus.example", OWN, "https only"),
        ("https://chorus.example:8080", OFFICIAL, "443, 80, 88 and 8443"),
        ("https://127.0.0.1", OFFICIAL, "cannot reach"),
        ("http://127.0.0.1:8080", OFFICIAL, "https only"),
        ("https://localhost", OFFICIAL, "cannot reach"),
    ],
)
def test_an_address_that_it_cannot_is_refused_with_what_is_wrong(public_url, telegram_url, told):
    with pytest.raises(ConfigError, match=told):
        check_public_url(public_url, telegram_url)
