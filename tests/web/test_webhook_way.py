"""From Telegram's sandbox through the webhook_app into the inbox, by real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.bootstrap import Runtime
from app.domain.errors import BadRequest
from app.models import Bot, InboxUpdate
from app.services.ingest.webhooks import WebhookPorts, switch_mode
from tests.builders import fetch, make_bot
from tests.integration.sandbox_telegram.harness import Sandbox, running_sandbox, token_of
from tests.waiting import wait_until


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "telegram.jsonl") as running:
        yield running


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    """The admin's address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def api(sandbox: Sandbox) -> BotApi:
    return BotApi(str(sandbox.api.base_url))


@pytest.fixture
def bot(runtime: Runtime, sandbox: Sandbox) -> Bot:
    """A bot of the fleet whose token the sandbox knows."""
    number = sandbox.add_bot()
    bot = make_bot(runtime.sessions)
    with runtime.sessions.begin() as session:
        row = session.get(Bot, bot.id)
        assert row is not None
        row.token_encrypted = runtime.vault.encrypt(token_of(number))
    return bot


def test_a_switch_to_webhooks_brings_what_waited_and_what_is_said_then(
    runtime: Runtime, sandbox: Sandbox, base: str, api: BotApi, bot: Bot
) -> None:
    chat_id = sandbox.add_chat(100001)
    sandbox.say(chat_id, "before")
    vault = FernetVault(runtime.settings.encryption_keys.get_secret_value())
    key = runtime.settings.secret_key.get_secret_value()
    ports = WebhookPorts(runtime.sessions, api, vault, key, str(sandbox.api.base_url), base)

    def said() -> list[str]:
        payloads = fetch(runtime.sessions, select(InboxUpdate.payload).order_by(InboxUpdate.id))
        return [payload["message"]["text"] for payload in payloads if "text" in payload.get("message", {})]

    assert [item.error for item in switch_mode(ports, "webhook", "ada", dry_run=False)] == [None]
    wait_until(lambda: said() == ["before"], within_s=10)
    sandbox.say(chat_id, "after")
    wait_until(lambda: said() == ["before", "after"], within_s=10)
    info = api.get_webhook_info(token_of(100001))
    assert (info.url, info.pending, info.last_error) == (f"{base}/telegram/{bot.public_id}", 0, None)
    assert sandbox.error(100001, "getUpdates")[0] == 409

    assert [item.error for item in switch_mode(ports, "poll", "ada", dry_run=False)] == [None]
    assert api.get_webhook_info(token_of(100001)).url == ""
    sandbox.say(chat_id, "polled")
    assert sandbox.texts(100001) == ["polled"]


def test_an_address_that_telegram_refuses_is_told(sandbox: Sandbox, api: BotApi, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="webhook"):
        api.set_webhook(token_of(100001), "http://", "s", ("message",))
