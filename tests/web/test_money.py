"""The Money page and the money on other pages, its JSON twins, and its gauges."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import text

from app.bootstrap import Runtime
from app.models import LLMRequest, Spending
from app.services import fleet
from app.services.fleet import NewChat
from app.services.settings.values import write_settings
from app.web.filters import format_usd
from tests.builders import add, make_bot
from tests.web.conftest import Browser
from tests.web.fakes import FakeTelegram

CHAT = -1001234567890


@pytest.fixture
def chat_id(runtime: Runtime) -> int:
    """A chat that may cost a dollar a day."""
    form = NewChat(CHAT, "Birds", daily_budget_usd=Decimal(1))
    return fleet.create_chat(runtime.sessions, runtime.telegram, runtime.vault, form).chat.id


def spend(runtime: Runtime, scope: str, scope_id: int, micros: int) -> None:
    add(runtime.sessions, Spending(day=dt.datetime.now(dt.UTC).date(), scope=scope, scope_id=scope_id, micros=micros))


def request(runtime: Runtime, **fields: object) -> None:
    base = {"lane": "chat.ambient", "provider": "openai:m", "model": "m", "prompts": 4}
    lease = dt.datetime.now(dt.UTC)
    add(runtime.sessions, LLMRequest(**{**base, "lease_until": lease, **fields}))


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (0, "$0.00"),
        (1, "$0.0000010"),
        (579, "$0.00058"),
        (54_321, "$0.054"),
        (430_000, "$0.43"),
        (999_999, "$1.00"),
        (1_234_567_890, "$1,234.57"),
    ],
)
def test_small_amounts_keep_two_digits_that_count(micros: int, shown: str) -> None:
    assert format_usd(micros) == shown


def test_an_empty_page_says_what_will_be_there(operator: Browser) -> None:
    page = operator.get("/money/").text

    for wanted in ("No request yet", "No chats to show", "No bots to show", "No request to a model today", "$10.00"):
        assert wanted in page
    assert operator.get("/money").location.endswith("/money/")
    assert "Last 14 days" in page


def test_the_page_shows_purses_models_and_the_ledger(operator: Browser, runtime: Runtime, chat_id: int) -> None:
    bot = make_bot(runtime.sessions, "Ada")
    spend(runtime, "fleet", 0, 8_200_000)
    spend(runtime, "chat", chat_id, 960_000)
    spend(runtime, "bot", bot.id, 40_000)
    request(
        runtime, answered=4, tokens_in=900, tokens_cached=300, tokens_out=80, cost_micros=12_345, outcome="answered"
    )
    request(runtime, model="luna", cost_micros=700)

    page = operator.get("/money/").text

    for wanted in (
        "$8.20",
        "82% of the budget is spent",
        "saves: shorter",
        "Birds",
        "saves: only mentions",
        "Ada",
        "$0.012",
        "33%",
        "in flight",
        "reserved",
        "chat.ambient",
    ):
        assert wanted in page, wanted


def test_the_ledger_is_paged(operator: Browser, runtime: Runtime) -> None:
    add(
        runtime.sessions,
        *(
            LLMRequest(lane="l", provider="p", model=f"model-{n}", prompts=1, lease_until=dt.datetime.now(dt.UTC))
            for n in range(101)
        ),
    )

    first = operator.get("/money/").text
    ledger = first[first.index('id="ledger"') :]
    assert "model-100" in ledger
    assert "model-0 <" not in ledger
    second = operator.get("/money/?after=2").text
    assert "model-0 <" in second[second.index('id="ledger"') :]
    assert operator.get("/money/?after=x").status_code == 400


def test_the_dashboard_tells_the_day(operator: Browser, runtime: Runtime, chat_id: int) -> None:
    spend(runtime, "fleet", 0, 7_000_000)
    spend(runtime, "chat", chat_id, 1_000_000)

    for path in ("/", "/dashboard/fragment"):
        page = operator.get(path).text
        for wanted in (
            "Money today",
            "$7.00",
            "saves: cheaper model",
            "1 chat saves:",
            "1 silence",
            "no bot message yet",
        ):
            assert wanted in page, (path, wanted)


def test_the_dashboard_says_what_is_wrong_with_a_provider_since_when_and_what_to_do(
    operator: Browser, runtime: Runtime
) -> None:
    request(runtime, outcome="rejected", fault="money", sentence="You exceeded your <quota>.")
    page = operator.get("/dashboard/fragment").text
    assert "openai:m has no money left on this account (m), since " in page
    assert "It says: You exceeded your &lt;quota&gt;." in page
    assert "To do: pay at the provider, or add another one on the Providers page, or LLM_FALLBACK_MODEL." in page
    request(runtime, outcome="answered", answered=4)
    assert "no money left" not in operator.get("/dashboard/fragment").text


def test_a_bots_budget_is_set_and_taken_back_on_its_page(operator: Browser, runtime: Runtime) -> None:
    bot = make_bot(runtime.sessions)
    spend(runtime, "bot", bot.id, 460_000)
    path = f"/bots/{bot.id}"

    operator.submit(f"{path}/budget", form=path, daily_budget_usd="0,50")
    page = operator.get(path).text
    assert "daily budget is saved" in page
    assert "of $0.50 today" in page
    assert "saves: fewer turns" in page
    assert 'value="0.50"' in page
    operator.submit(f"{path}/budget", form=path, daily_budget_usd="lots")
    assert "Daily budget must be US dollars a day" in operator.get(path).text
    assert fleet.get_bot(runtime.sessions, bot.id).bot.daily_budget_usd == Decimal("0.50")
    operator.submit(f"{path}/budget", form=path, daily_budget_usd="")
    assert "today, no limit" in operator.get(path).text


def test_a_new_bot_may_come_with_a_budget(operator: Browser, runtime: Runtime, telegram: FakeTelegram) -> None:
    token = telegram.add_bot(700001, "ada_bot", "Ada")
    persona = {"tone": "dry", "language": "en", "timezone": "UTC", "words_per_minute": "180"}

    refused = operator.submit("/bots/new", token=token, daily_budget_usd="0.001", **persona)
    operator.submit("/bots/new", token=token, daily_budget_usd="0", **persona)

    assert "Daily budget must be whole cents" in refused.text
    assert fleet.get_bot(runtime.sessions, 1).bot.daily_budget_usd == 0


def test_a_chats_budget_and_its_sharing_are_edited(operator: Browser, runtime: Runtime, chat_id: int) -> None:
    path = f"/chats/{chat_id}/edit"
    values = {"title": "Birds", "language": "en", "daily_budget_usd": "2.5"}
    assert "checked" in operator.get(path).text

    assert operator.submit(path, **values).status_code == 302
    page = operator.get(f"/chats/{chat_id}").text
    assert "$2.50 a day" in page
    assert "of its own" in page
    chat = fleet.get_chat(runtime.sessions, chat_id).chat
    assert (chat.shares_requests, chat.daily_budget_usd) == (False, Decimal("2.50"))
    operator.submit(path, **values, shares_requests="y")
    assert fleet.get_chat(runtime.sessions, chat_id).chat.shares_requests
    assert operator.submit(path, **{**values, "daily_budget_usd": "-1"}).status_code == 400


def test_a_new_chat_may_keep_its_requests_to_itself(operator: Browser, runtime: Runtime) -> None:
    form = {"telegram_chat_id": str(CHAT), "title": "Birds", "language": "en"}

    operator.submit("/chats/new", **form)

    assert not fleet.get_chat(runtime.sessions, 1).chat.shares_requests


def test_what_a_chat_talks_about_is_shown_once_it_is_known(operator: Browser, runtime: Runtime, chat_id: int) -> None:
    assert "What is talked about" not in operator.get(f"/chats/{chat_id}").text
    digest = {"topics": ["storks", "<b>owls</b>"], "mood": "calm", "summary": "Early storks."}
    with runtime.sessions.begin() as session:
        session.execute(
            text("update chats set digest = cast(:digest as jsonb), digested_at = now()"),
            {"digest": json.dumps(digest)},
        )

    page = operator.get(f"/chats/{chat_id}").text

    for wanted in ("What is talked about", "storks", "calm", "Early storks.", "&lt;b&gt;owls"):
        assert wanted in page


def test_a_viewer_sees_the_money_and_no_field_to_change_it(
    browser: Browser, runtime: Runtime, make_operator: object
) -> None:
    bot = make_bot(runtime.sessions)
    make_operator("vera", "viewer")  # type: ignore[operator]
    browser.sign_in("vera")

    assert browser.get("/money/").status_code == 200
    assert "Save budget" not in browser.get(f"/bots/{bot.id}").text


def test_programs_read_the_same(operator: Browser, runtime: Runtime, chat_id: int) -> None:
    spend(runtime, "fleet", 0, 5_000_000)
    spend(runtime, "chat", chat_id, 250_000)
    request(runtime, answered=4, tokens_in=10, cost_micros=12, outcome="answered")

    money = operator.get("/api/v1/money").json
    ledger = operator.get("/api/v1/llm-requests").json

    assert money["fleet"] | {"name": ""} == {
        "id": 0,
        "name": "",
        "spent_usd": 5.0,
        "budget_usd": 10.0,
        "own_budget": False,
        "share": 0.5,
        "saves": "none",
    }
    assert [(item["name"], item["share"]) for item in money["chats"]] == [("Birds", 0.25)]
    assert (len(money["days"]), money["days"][-1]["spent_usd"]) == (14, 5.0)
    assert money["models"][0]["cost_usd"] == pytest.approx(0.000012)
    assert ledger["next"] is None
    assert (ledger["items"][0]["outcome"], ledger["items"][0]["prompts"]) == ("answered", 4)
    assert dt.datetime.fromisoformat(ledger["items"][0]["created_at"]).tzinfo


def test_a_long_ledger_names_its_next_page(operator: Browser, runtime: Runtime) -> None:
    lease = dt.datetime.now(dt.UTC)
    add(
        runtime.sessions,
        *(LLMRequest(lane="l", provider="p", model="m", prompts=n, lease_until=lease) for n in range(1, 102)),
    )

    first = operator.get("/api/v1/llm-requests").json
    second = operator.get(first["next"]).json

    assert [len(first["items"]), len(second["items"])] == [100, 1]
    assert (first["items"][0]["prompts"], second["items"][0]["prompts"], second["next"]) == (101, 1, None)


@pytest.mark.parametrize("value", ["lots", -1, True, "0.001", []])
def test_a_program_is_told_of_a_budget_that_cannot_be(operator: Browser, value: object) -> None:
    token = operator.get("/api/v1/session").json["csrf_token"]
    body = {"telegram_chat_id": CHAT, "title": "Birds", "daily_budget_usd": value}

    answer = operator.client.post("/api/v1/chats", json=body, headers={"X-CSRFToken": token})

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "daily_budget_usd")


def test_a_program_sets_budget_and_sharing(operator: Browser) -> None:
    token = operator.get("/api/v1/session").json["csrf_token"]
    body = {"telegram_chat_id": CHAT, "title": "Birds", "daily_budget_usd": 1.5, "shares_requests": False}

    answer = operator.client.post("/api/v1/chats", json=body, headers={"X-CSRFToken": token})

    assert (answer.json["daily_budget_usd"], answer.json["shares_requests"]) == ("1.50", False)
    wrong = operator.client.post(
        "/api/v1/chats", json={**body, "shares_requests": "no"}, headers={"X-CSRFToken": token}
    )
    assert wrong.json["error"]["field"] == "shares_requests"


def test_a_scrape_tells_how_far_the_budgets_are(app: Flask, operator: Browser, runtime: Runtime, chat_id: int) -> None:
    write_settings(runtime.sessions, {"budget_fleet_usd": 4}, "test", runtime.clock)
    runtime.fleet_settings.forget()
    spend(runtime, "fleet", 0, 3_800_000)
    spend(runtime, "chat", chat_id, 720_000)

    body = app.test_client().get("/metrics").text

    for line in (
        "chorus_budget_spent_ratio 0.95",
        "chorus_budget_saving_step 4.0",
        'chorus_budget_saving{scope="chat",step="cheaper model"} 1.0',
        'chorus_budget_saving{scope="chat",step="silence"} 0.0',
        'chorus_budget_saving{scope="bot",step="silence"} 0.0',
    ):
        assert line in body
