"""Webhooks: the secret header, retries, exclusion of getUpdates."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sandbox_telegram.harness import Sandbox, running_sandbox
from tests.waiting import wait_until

BOT = 100001


class Receiver:
    """A web server that notes what is posted and answers with the next of `statuses`, then 200."""

    def __init__(self) -> None:
        self.received: list[tuple[str | None, dict[str, Any]]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], json.loads(body)))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/very-secret-path"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def texts(self) -> list[str]:
        return [update["message"]["text"] for _secret, update in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def test_updates_are_posted_with_the_secret_and_count_as_delivered(
    sandbox: Sandbox, chat_id: int, receiver: Receiver
) -> None:
    sandbox.result(BOT, "setWebhook", url=receiver.url, secret_token="s3cret_-A")
    sandbox.say(chat_id, "hello")
    wait_until(lambda: sandbox.result(BOT, "getWebhookInfo")["pending_update_count"] == 0)
    ((secret, update),) = receiver.received
    assert (secret, update["message"]["text"]) == ("s3cret_-A", "hello")
    delivered = sandbox.events("update_delivered")[-1]
    assert (delivered["update_id"], delivered["via"]) == (update["update_id"], "webhook")
    journal = sandbox.journal.read_text()
    assert "s3cret_-A" not in journal
    assert "very-secret-path" not in journal


def test_a_failing_webhook_is_tried_again_and_its_error_shown(
    sandbox: Sandbox, chat_id: int, receiver: Receiver
) -> None:
    receiver.statuses = [500, 503]
    sandbox.result(BOT, "setWebhook", url=receiver.url)
    sandbox.say(chat_id, "one")
    sandbox.say(chat_id, "two")
    wait_until(lambda: receiver.texts() == ["one", "one", "one", "two"])
    info = wait_until(lambda: (found := sandbox.result(BOT, "getWebhookInfo"))["pending_update_count"] == 0 and found)
    assert info["last_error_message"].startswith("Wrong response from the webhook: 503")
    assert info["last_error_date"] > 0


def test_an_unreachable_webhook_keeps_its_updates(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.result(BOT, "setWebhook", url="http://127.0.0.1:9/hook")
    sandbox.say(chat_id, "waiting")
    info = wait_until(lambda: "last_error_message" in (found := sandbox.result(BOT, "getWebhookInfo")) and found)
    assert info["last_error_message"] == "Connection failed: http://127.0.0.1:9"
    assert info["pending_update_count"] == 1
    sandbox.result(BOT, "deleteWebhook")
    assert sandbox.texts(BOT) == ["waiting"]


def test_webhook_and_polling_exclude_each_other(sandbox: Sandbox, chat_id: int, receiver: Receiver) -> None:
    sandbox.result(BOT, "setWebhook", url=receiver.url)
    code, error = sandbox.error(BOT, "getUpdates")
    assert code == 409
    assert error.startswith("Conflict: can't use getUpdates method while webhook is active")
    assert sandbox.call(BOT, "deleteWebhook")["description"] == "Webhook was deleted"
    assert sandbox.call(BOT, "deleteWebhook")["description"] == "Webhook is already deleted"
    assert sandbox.poll(BOT) == []
    assert sandbox.result(BOT, "getWebhookInfo")["url"] == ""


def test_what_waits_can_be_dropped(sandbox: Sandbox, chat_id: int, receiver: Receiver) -> None:
    sandbox.say(chat_id, "old")
    sandbox.result(BOT, "setWebhook", url=receiver.url, drop_pending_updates=True)
    sandbox.say(chat_id, "new")
    wait_until(receiver.texts)
    assert receiver.texts() == ["new"]


def test_allowed_updates_hold_for_webhooks(sandbox: Sandbox, chat_id: int, receiver: Receiver) -> None:
    sandbox.result(BOT, "setWebhook", url=receiver.url, allowed_updates=["edited_message"])
    message_id = sandbox.say(chat_id, "unseen")
    sandbox.control("PATCH", f"/chats/{chat_id}/messages/{message_id}", {"text": "seen"})
    wait_until(lambda: receiver.received)
    assert [update["edited_message"]["text"] for _secret, update in receiver.received] == ["seen"]
    assert sandbox.result(BOT, "getWebhookInfo")["allowed_updates"] == ["edited_message"]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"url": "ftp://x/"}, "Bad Request: bad webhook: invalid webhook URL specified"),
        ({"url": "not a url"}, "Bad Request: bad webhook: invalid webhook URL specified"),
        ({"url": "http://127.0.0.1:99999/"}, "Bad Request: bad webhook: invalid webhook URL specified"),
        (
            {"url": "http://127.0.0.1/", "secret_token": "ä b"},
            "Bad Request: secret token contains unallowed characters",
        ),
    ],
)
def test_bad_webhooks_are_refused(sandbox: Sandbox, chat_id: int, params: dict[str, str], error: str) -> None:
    assert sandbox.error(BOT, "setWebhook", **params) == (400, error)


def test_a_duplicated_update_is_posted_twice(sandbox: Sandbox, chat_id: int, receiver: Receiver) -> None:
    sandbox.fault("duplicate_updates", count=1)
    sandbox.result(BOT, "setWebhook", url=receiver.url)
    sandbox.say(chat_id, "again")
    sandbox.say(chat_id, "once")
    wait_until(lambda: len(receiver.received) == 3)
    assert receiver.texts() == ["again", "again", "once"]
    assert receiver.received[0] == receiver.received[1]


def test_a_webhook_delivers_what_waited_over_a_restart(journal: Path, receiver: Receiver) -> None:
    receiver.statuses = [500] * 3
    with running_sandbox(journal) as sandbox:
        sandbox.add_bot(BOT)
        chat_id = sandbox.add_chat(BOT)
        sandbox.result(BOT, "setWebhook", url=receiver.url, secret_token="kept")
        sandbox.say(chat_id, "patience")
        wait_until(lambda: receiver.received)
    receiver.statuses.clear()
    receiver.received.clear()
    with running_sandbox(journal):
        wait_until(lambda: receiver.received)
    assert [(secret, update["message"]["text"]) for secret, update in receiver.received] == [("kept", "patience")]
