"""Texts that cannot be stored, ids beyond all ids, JSON without a bottom: refused in words, on pages and in the API."""

from __future__ import annotations

import html

import pytest
from flask.testing import FlaskClient

from app.bootstrap import Runtime
from tests.builders import make_bot, make_chat
from tests.web.conftest import Browser

BEYOND = "9" * 19
NUL = "holds a NUL character at position 2, which cannot be stored; remove it, or type the text anew"


@pytest.mark.parametrize(
    "path", ["/bots/?q=a%00", "/chats/?q=a%00", "/sign-in?q=a%00", "/outbox/?q=a%00", "/nowhere?q=a%00"]
)
def test_a_nul_in_a_query_is_refused_with_the_name_of_its_field(operator: Browser, path: str) -> None:
    answer = operator.get(path)
    assert answer.status_code == 400
    assert f"q {NUL}" in html.unescape(answer.text)
    assert "To the dashboard" in answer.text


def test_the_sign_in_refuses_it_before_anybody_is_signed_in(browser: Browser) -> None:
    answer = browser.submit("/sign-in", username="a\x00", password="whatever else")
    assert answer.status_code == 400
    assert f"username {NUL}" in html.unescape(answer.text)


@pytest.mark.parametrize("path", ["/bots/a%00", "/api/v1/bots/a%00", "/a%00", f"/bots/{BEYOND}", "/bots/" + "9" * 5000])
def test_a_path_that_can_lead_nowhere_is_not_found(operator: Browser, path: str) -> None:
    assert operator.get(path).status_code == 404


@pytest.mark.parametrize("query", [b"\xff", b"q=\xff\xfe"], ids=str)
def test_a_query_that_is_not_utf_8_is_refused(client: FlaskClient, query: bytes) -> None:
    assert client.get("/sign-in", query_string=query.decode("latin-1")).status_code in {200, 400}
    answer = client.get("/sign-in", environ_overrides={"QUERY_STRING": query.decode("latin-1")})
    assert (answer.status_code, "is not UTF-8" in answer.text) == (400, True)


def test_a_form_with_a_field_that_has_no_name_is_refused(operator: Browser) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="\r\n\r\nhello\r\n--x--\r\n'
    answer = operator.client.post("/bots/new", data=body, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, "without a name" in answer.text) == (400, True)


def test_a_host_that_is_none_gets_its_400_without_a_page(client: FlaskClient) -> None:
    answer = client.get("/sign-in", headers={"Host": "9" * 300})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "That request cannot be read" in answer.text


REFUSED = {
    "a NUL": (b'{"telegram_chat_id": -1001234567890, "title": "a\\u0000"}', "title", "holds a NUL"),
    "half a pair": (b'{"telegram_chat_id": -1001234567890, "title": "\\ud800"}', "title", "half of a character"),
    "half a pair in a list": (
        b'{"telegram_chat_id": 1, "topics": ["fit", "\\udc00"]}',
        "topics",
        "half of a character",
    ),
    "a NUL in a name": (b'{"a\\u0000": 1}', "body", "holds a NUL"),
    "a number that is none": (b'{"daily_budget_usd": NaN}', "daily_budget_usd", "finite"),
    "a number without end": (b'{"daily_budget_usd": 1e999}', "daily_budget_usd", "finite"),
    "an id beyond all ids": (b'{"bot_ids": [9223372036854775808]}', "bot_ids", "19 digits"),
    "brackets without end": (b'{"title": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "body", "deeper than 100 levels"),
    "brackets just too deep": (b'{"title": ' + b"[" * 150 + b"]" * 150 + b"}", "body", "deeper than 100 levels"),
    "digits without end": (b'{"title": ' + b"9" * 5000 + b"}", "body", "must be a JSON object"),
    "not UTF-8": (b'{"title": "\xff"}', "body", "must be a JSON object"),
}


@pytest.mark.parametrize(("body", "field", "words"), REFUSED.values(), ids=REFUSED)
def test_the_api_names_the_field_that_it_refuses(operator: Browser, body: bytes, field: str, words: str) -> None:
    headers = {"X-CSRFToken": operator.client.get("/api/v1/session").json["csrf_token"]}
    answer = operator.client.post("/api/v1/chats", data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == field
    assert words in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("path", "values", "words"),
    [
        (
            "stances",
            {"stances-0-topic": "a", "stances-0-position": "b", "stances-0-confidence": "1e1000000"},
            "between 0 and 1",
        ),
        (
            "stances",
            {"stances-0-topic": "a", "stances-0-position": "b", "stances-0-cooldown_s": "9" * 5000},
            "whole seconds",
        ),
        ("holdings", {"holdings-0-symbol": "BTC", "holdings-0-quantity": "1e-9"}, "quantity must lie between"),
        (
            "holdings",
            {"holdings-0-symbol": "BTC", "holdings-0-quantity": "999999999999.999999999"},
            "quantity must lie between",
        ),
        (
            "holdings",
            {"holdings-0-symbol": "BTC", "holdings-0-quantity": "1", "holdings-0-average_price": "1e99"},
            "price must lie",
        ),
    ],
    ids=str,
)
def test_numbers_that_no_column_holds_are_refused_beside_their_field(
    operator: Browser, runtime: Runtime, path: str, values: dict[str, str], words: str
) -> None:
    bot = make_bot(runtime.sessions)
    answer = operator.submit(f"/bots/{bot.id}/{path}", **values)
    assert (answer.status_code, words in answer.text) == (400, True)


def test_a_price_of_next_to_nothing_is_nothing(operator: Browser, runtime: Runtime) -> None:
    bot = make_bot(runtime.sessions)
    form = {"holdings-0-symbol": "BTC", "holdings-0-quantity": "1", "holdings-0-average_price": "1e-1000000"}
    assert operator.submit(f"/bots/{bot.id}/holdings", **form).status_code == 302


def test_a_reply_to_an_endless_number_is_refused(operator: Browser, runtime: Runtime) -> None:
    runtime.sandbox_control = object()  # type: ignore[assignment]
    chat = make_chat(runtime.sessions)
    form = {"name": "Grace", "text": "hi", "reply_to": "9" * 5000}
    answer = operator.client.post(
        f"/chats/{chat.id}/live/speak",
        data={"csrf_token": operator.token("/bots/new"), **form},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json["error"]["field"]) == (400, "reply_to")


def test_methods_that_strangers_make_up_are_refused_and_leave_no_label_in_the_metrics(client: FlaskClient) -> None:
    for number in range(3):
        assert client.open("/sign-in", method=f"MADEUP{number}").status_code == 405
    metrics = client.get("/metrics").text
    assert "MADEUP" not in metrics
    assert 'method="UNKNOWN"' in metrics
