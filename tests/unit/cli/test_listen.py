"""`chorus listen` before it connects."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from app.cli.ingest.listen import read_application
from app.config import Settings
from app.domain.errors import ConfigError


def settings(**values: object) -> Settings:
    return Settings.from_env(
        database_url="postgresql://127.0.0.1:9/chorus",
        broker_url="redis://127.0.0.1:9/0",
        cache_url="redis://127.0.0.1:9/0",
        secret_key="k" * 40,
        encryption_keys=Fernet.generate_key().decode(),
        **values,
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["TELEGRAM_API_ID", "TELEGRAM_API_HASH"]),
        ({"telegram_api_id": 7}, ["TELEGRAM_API_HASH"]),
        ({"telegram_api_hash": SecretStr("h")}, ["TELEGRAM_API_ID"]),
    ],
)
def test_what_is_missing_of_the_application_is_named_with_where_to_get_it(
    given: dict[str, object], missing: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_application(settings(**given))
    assert [problem.partition(":")[0] for problem in caught.value.problems] == missing
    assert all("my.telegram.org" in problem for problem in caught.value.problems)


def test_a_whole_application_is_read() -> None:
    assert read_application(settings(telegram_api_id=7, telegram_api_hash="h")) == (7, "h")
