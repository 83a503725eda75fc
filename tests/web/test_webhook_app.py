"""Telegram's webhook_app: what is let in, what is refused, and what an update costs."""

from __future__ import annotations

import json
import threading
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from app.bootstrap import Runtime
from app.domain.ingest.webhooks import webhook_secret
from app.models import Bot, InboxUpdate
from app.services.ingest.inbox import IngestPorts, ingest, store_updates
from app.web.ingest import webhooks as webhook_app
from tests.builders import fetch, make_bot, make_chat, make_update
from tests.fakes import FakeQueue
from tests.waiting import patience, wait_until

HEADER = "X-Telegram-Bot-Api-Secret-Token"
STRANGER = "8acac9da-9e12-497c-a22e-002d65696d0b"
WRONG_IDS = ("1", "", "x" * 36, STRANGER, "../healthz", f"urn:uuid:{STRANGER}")


@pytest.fixture
def queue(runtime: Runtime) -> FakeQueue:
    """Stands before the app is made, so that the webhook_app nudges it."""
    queue = FakeQueue()
    runtime.queue = queue  # type: ignore[assignment]
    return queue


@pytest.fixture
def bot(runtime: Runtime, queue: FakeQueue) -> Bot:
    return make_bot(runtime.sessions)


@pytest.fixture
def secret(runtime: Runtime, bot: Bot) -> str:
    return webhook_secret(runtime.settings.secret_key.get_secret_value(), str(bot.public_id))


def path_of(bot: Bot) -> str:
    return f"/telegram/{bot.public_id}"


def stored(runtime: Runtime) -> list[dict]:
    return fetch(runtime.sessions, select(InboxUpdate.payload).order_by(InboxUpdate.id))


def test_an_update_is_stored_and_a_worker_is_asked_to_look(runtime, queue, client: FlaskClient, bot, secret) -> None:
    update = make_update(7, make_chat(runtime.sessions, bot), 42, "hello")
    answer = client.post(path_of(bot), json=update, headers={HEADER: secret})
    assert (answer.status_code, answer.data) == (200, b"")
    assert stored(runtime) == [update]
    assert fetch(runtime.sessions, select(InboxUpdate.bot_id)) == [bot.id]
    wait_until(lambda: queue.ingests, within_s=5)


def test_an_update_that_is_repeated_is_stored_once(runtime, client: FlaskClient, bot, secret) -> None:
    for _ in range(3):
        assert client.post(path_of(bot), json={"update_id": 7}, headers={HEADER: secret}).status_code == 200
    assert stored(runtime) == [{"update_id": 7}]


@pytest.mark.parametrize("name", WRONG_IDS)
def test_an_address_of_no_bot_is_not_found(runtime, client: FlaskClient, bot, secret, name) -> None:
    answer = client.post(f"/telegram/{name}", json={"update_id": 7}, headers={HEADER: secret})
    assert (answer.status_code, answer.data) == (404, b"")


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "x" * 43}, {HEADER: "é"}], ids=str)
def test_without_the_secret_nothing_is_stored_or_told(runtime, client: FlaskClient, bot, secret, headers) -> None:
    answer = client.post(path_of(bot), json={"update_id": 7}, headers=headers)
    assert (answer.status_code, answer.data) == (403, b"")
    assert stored(runtime) == []


def test_the_secret_of_another_bot_does_not_fit(runtime, client: FlaskClient, bot, secret) -> None:
    other = make_bot(runtime.sessions, "Bob")
    assert client.post(path_of(other), json={"update_id": 7}, headers={HEADER: secret}).status_code == 403


def test_more_than_a_megabyte_is_refused(runtime, client: FlaskClient, bot, secret) -> None:
    large = json.dumps({"update_id": 7, "message": "x" * 1024 * 1024})
    assert client.post(path_of(bot), data=large, headers={HEADER: secret}).status_code == 413
    assert stored(runtime) == []


BAD = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"update_id": 7, "a": "\xff"}',
    "a list": b"[]",
    "a number": b"7",
    "no id": b"{}",
    "an id that is a word": b'{"update_id": "7"}',
    "an id that is true": b'{"update_id": true}',
    "an id below zero": b'{"update_id": -1}',
    "an id beyond bigint": b'{"update_id": 9223372036854775808}',
    "too deep": b'{"update_id": 7, "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number of ten thousand digits": b'{"update_id": 7, "a": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_update_is_refused(runtime, client: FlaskClient, bot, secret, body) -> None:
    assert client.post(path_of(bot), data=body, headers={HEADER: secret}).status_code == 400
    assert stored(runtime) == []


@pytest.mark.parametrize("extra", ['"a": "\\u0000 \\ud800"', '"a": 1e999', '"\\u0000": 1'], ids=str)
def test_any_json_is_kept_in_a_form_that_postgres_takes(runtime, client: FlaskClient, bot, secret, extra) -> None:
    assert client.post(path_of(bot), data=f'{{"update_id": 7, {extra}}}', headers={HEADER: secret}).status_code == 200
    assert len(stored(runtime)) == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "options", "head"])
def test_only_a_post_is_an_update(client: FlaskClient, bot, secret, method) -> None:
    answer = getattr(client, method)(path_of(bot), headers={HEADER: secret})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_while_postgres_is_away_telegram_is_told_to_come_again(
    app: Flask, runtime, queue, bot, secret, client, monkeypatch
) -> None:
    def refuse(*args):
        raise OperationalError("insert", {}, Exception("gone"))

    monkeypatch.setattr(webhook_app, "store_delivered", refuse)
    answer = client.post(path_of(bot), json={"update_id": 7}, headers={HEADER: secret})
    assert (answer.status_code, answer.data) == (503, b"")
    assert queue.ingests == 0
    monkeypatch.undo()
    assert client.post(path_of(bot), json={"update_id": 7}, headers={HEADER: secret}).status_code == 200


def test_an_update_costs_one_statement_and_sets_no_cookie(runtime, client: FlaskClient, bot, secret) -> None:
    client.post(path_of(bot), json={"update_id": 7}, headers={HEADER: secret})
    statements: list[str] = []
    event.listen(runtime.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    answer = client.post(path_of(bot), json={"update_id": 8}, headers={HEADER: secret})
    assert len(statements) == 1, statements
    assert "insert into inbox_updates" in statements[0]
    assert "Set-Cookie" not in answer.headers


def test_telegram_is_let_in_as_often_as_it_comes(runtime, client: FlaskClient, bot, secret) -> None:
    codes = {client.post(path_of(bot), json={"update_id": n}, headers={HEADER: secret}).status_code for n in range(300)}
    assert codes == {200}
    assert len(stored(runtime)) == 300


def test_a_bot_that_was_just_taken_on_is_known_within_a_second(runtime, bot, secret) -> None:
    now = [100.0]
    directory = webhook_app.Directory(runtime.sessions, "k" * 40, lambda: now[0])
    assert directory.find(str(bot.public_id)).bot_id == bot.id
    late = make_bot(runtime.sessions, "Bob")
    assert directory.find(str(late.public_id)) is None
    now[0] += 1.1
    assert directory.find(str(late.public_id)).bot_id == late.id


def test_strangers_do_not_make_the_door_ask_postgres_again_and_again(runtime, bot) -> None:
    directory = webhook_app.Directory(runtime.sessions, "k" * 40, lambda: 100.0)
    directory.find(str(bot.public_id))
    statements: list[str] = []
    event.listen(runtime.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert [directory.find(str(uuid.uuid4())) for _ in range(50)] == [None] * 50
    assert statements == []


def test_a_removed_bot_is_forgotten_within_half_a_minute(runtime, bot) -> None:
    now = [100.0]
    directory = webhook_app.Directory(runtime.sessions, "k" * 40, lambda: now[0])
    assert directory.find(str(bot.public_id))
    with runtime.sessions.begin() as session:
        session.execute(text("delete from bots"))
    now[0] += 30.1
    assert directory.find(str(bot.public_id)) is None


def test_a_broker_that_hangs_delays_no_answer_and_its_nudges_become_one() -> None:
    started, let_go = threading.Event(), threading.Event()

    class HangingQueue(FakeQueue):
        def nudge_ingest(self) -> None:
            super().nudge_ingest()
            started.set()
            let_go.wait(patience(10))

    queue = HangingQueue()
    nudger = webhook_app.Nudger(queue)
    nudger.nudge()
    assert started.wait(patience(5))
    for _ in range(100):
        nudger.nudge()
    let_go.set()
    wait_until(lambda: queue.ingests == 2, within_s=5)


def test_the_page_lists_what_nobody_understood_with_the_advice_for_basic_groups(runtime, operator) -> None:
    bot = make_bot(runtime.sessions)
    ports = IngestPorts(runtime.sessions, runtime.fleet_settings, FakeQueue(), runtime.events, runtime.clock)
    group = {"message_id": 1, "chat": {"id": -5, "type": "group"}, "text": "hi"}
    store_updates(ports, bot.id, [{"update_id": 1, "<b>odd</b>": {}}, {"update_id": 2, "message": group}])
    ingest(ports)
    page = operator.get("/updates/").text
    assert "unknown:&lt;b&gt;odd" in page
    assert "Telegram makes it a supergroup" in page
    body = operator.get("/api/v1/updates").json
    assert body["outcomes"] == {"basic_group": 1, "unknown:<b>odd</b>": 1}
