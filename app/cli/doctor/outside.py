"""Checks of what Chorus talks to outside: the language model and Telegram with every bot's token."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.config import Settings
from app.db import create_db_engine, create_session_factory
from app.domain.errors import ConfigError, TelegramError, Unauthorized
from app.repositories import bots
from app.repositories.bots import BotRecord
from app.services.fleet.bots import list_bots

_PROVIDERS = {"openai": "https://api.openai.com/v1", "groq": "https://api.groq.com/openai/v1"}
_SECONDS = 10.0
PRIVACY_FIX = (
    "in @BotFather: /setprivacy, choose the bot, Disable; then remove the bot from each group and add it again"
)


def check_llm(settings: Settings) -> Check:
    """The provider answers and takes the key."""
    url = settings.llm_url or _PROVIDERS[settings.llm_provider]
    key = settings.llm_api_key
    variable = f"{settings.llm_provider.upper()}_API_KEY"
    if settings.llm_url is None and key is None:
        return skipped("model", f"no {variable} and no LLM_URL; `chorus up` would use its sandbox")
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        status = httpx.get(f"{url}/models", headers=headers, timeout=_SECONDS).status_code
    except httpx.HTTPError as error:
        return failed("model", f"{url}: {type(error).__name__}", "check LLM_URL and the network")
    if status in (401, 403):
        return failed("model", f"{url} refuses the key (HTTP {status})", f"correct {variable}")
    if status >= 400:
        return warned(
            "model", f"{url} answers HTTP {status}", "check that LLM_URL ends as its server wants, often in /v1"
        )
    return passed("model", f"{url} answers; model {settings.llm_model}")


def check_telegram(settings: Settings) -> Iterator[Check]:
    """Every bot's token (the first page of them) is known to Telegram and may read its groups."""
    engine = create_db_engine(settings.database_url, pool_size=2)
    sessions = create_session_factory(engine)
    try:
        found = list_bots(sessions).items
        with sessions() as session:
            stored = [(bot, bots.token_of(session, bot.id)) for bot in found]
    except SQLAlchemyError:
        yield skipped("telegram", "the bots cannot be read from the database")
        return
    finally:
        engine.dispose()
    if not stored:
        yield skipped("telegram", "no bots yet")
        return
    api = BotApi(settings.telegram_url)
    vault = FernetVault(settings.encryption_keys.get_secret_value())
    with ThreadPoolExecutor(max_workers=8) as pool:
        yield from pool.map(lambda pair: _check_bot(api, vault, *pair), stored)


def _check_bot(api: BotApi, vault: FernetVault, bot: BotRecord, ciphertext: str | None) -> Check:
    name = f"@{bot.username}"
    if ciphertext is None:
        return failed(name, "has no token", "give it one on its page in the admin")
    try:
        identity = api.get_me(vault.decrypt(ciphertext))
    except ConfigError as error:
        return failed(name, "its token cannot be decrypted", error.problems[0])
    except Unauthorized:
        return failed(name, "Telegram does not know its token (any more)", "get a new one: @BotFather, /token")
    except TelegramError as error:
        return failed(name, f"getMe failed: {type(error).__name__}", "check TELEGRAM_URL and the network")
    if not identity.reads_all_messages:
        return warned(name, "privacy mode is on: it sees only commands, mentions and replies to itself", PRIVACY_FIX)
    return passed(name, "token works, privacy mode is off")
