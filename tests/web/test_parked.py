"""Parked work, as operators and programs see it and decide about it."""

from __future__ import annotations

import pytest

from app.bootstrap import Runtime
from app.models import Bot, Chat, Feed, Utterance, WorkFailure
from app.services.work import KINDS
from tests.builders import add, make_utterance, refetch
from tests.web.conftest import Browser

PAGE = "/outbox/"
PLACE = "app.services.delivery.steps.step"


def park(runtime: Runtime, kind: str, item_id: int, **fields: object) -> WorkFailure:
    """An item that was given up just now."""
    now = runtime.clock.now()
    base = {"attempts": 3, "error": "TypeError", "place": PLACE, "first_at": now, "last_at": now, "parked_at": now}
    failure = WorkFailure(kind=kind, item_id=item_id, **{**base, **fields})
    add(runtime.sessions, failure)
    return failure


@pytest.fixture
def failed(runtime: Runtime, bot: Bot, chat: Chat) -> Utterance:
    return make_utterance(runtime.sessions, bot, chat, "failed", reason="parked", send_at=None)


@pytest.fixture
def parked(runtime: Runtime, bot: Bot, chat: Chat, failed: Utterance) -> WorkFailure:
    return park(runtime, "delivery", failed.id, bot_id=bot.id, chat_id=chat.id)


def test_the_page_shows_what_where_how_often_and_why(operator: Browser, parked: WorkFailure) -> None:
    page = operator.get(PAGE).text
    for words in (f"Send {parked.item_id}", "Ada", "Markets &lt;b&gt;", "TypeError", PLACE, "3 times", "Try again"):
        assert words in page
    assert "Every outcome is known" not in page


def test_a_feed_is_shown_by_its_name_and_a_failure_that_is_still_retried_is_not(
    operator: Browser, runtime: Runtime
) -> None:
    feed = Feed(url="https://news.example/", title="Birds daily", fleet_wide=True)
    add(runtime.sessions, feed)
    park(runtime, "feed", feed.id)
    park(runtime, "job", 4711, parked_at=None)
    page = operator.get(PAGE).text
    assert "Birds daily" in page
    assert "4711" not in page


def test_an_operator_tries_one_again(
    operator: Browser, runtime: Runtime, parked: WorkFailure, failed: Utterance
) -> None:
    answer = operator.submit(f"{PAGE}parked/{parked.id}/retry", form=PAGE)
    assert answer.location == PAGE
    row = refetch(runtime.sessions, failed)
    assert (row.state, row.reason, row.notes[-1]["rule"]) == ("ready", None, "tried again by deniz")
    page = operator.get(PAGE).text
    assert "It is tried again" in page
    assert "Every outcome is known" in page


def test_an_operator_dismisses_one(operator: Browser, runtime: Runtime, parked: WorkFailure, failed: Utterance) -> None:
    operator.submit(f"{PAGE}parked/{parked.id}/dismiss", form=PAGE)
    assert (refetch(runtime.sessions, failed).state, refetch(runtime.sessions, failed).reason) == ("failed", "parked")
    page = operator.get(PAGE).text
    assert "stays as it ended" in page
    assert "Every outcome is known" in page


def test_while_its_bot_is_busy_the_page_says_so_and_it_stays_parked(
    operator: Browser, runtime: Runtime, bot: Bot, chat: Chat, parked: WorkFailure
) -> None:
    make_utterance(runtime.sessions, bot, chat, "planned")
    operator.submit(f"{PAGE}parked/{parked.id}/retry", form=PAGE)
    page = operator.get(PAGE).text
    assert "something else under way" in page
    assert PLACE in page


def test_what_is_gone_meanwhile_is_told(operator: Browser, runtime: Runtime, parked: WorkFailure) -> None:
    token = operator.token(PAGE)
    for verb in ("dismiss", "retry", "dismiss"):
        operator.client.post(f"{PAGE}parked/{parked.id}/{verb}", data={"csrf_token": token})
    assert operator.get(PAGE).text.count("This is not parked any more.") == 2


def test_who_may_only_look_finds_no_buttons(browser: Browser, make_operator: object, parked: WorkFailure) -> None:
    make_operator("guest", role="viewer")  # type: ignore[operator]
    browser.sign_in("guest")
    page = browser.get(PAGE).text
    assert PLACE in page
    assert "Try again" not in page


def test_a_program_lists_tries_again_and_dismisses(operator: Browser, runtime: Runtime, parked: WorkFailure) -> None:
    client = operator.client
    headers = {"X-CSRFToken": client.get("/api/v1/session").json["csrf_token"]}
    listed = client.get("/api/v1/parked").json
    assert (listed["total"], listed["items"][0]["kind"], listed["items"][0]["place"]) == (1, "delivery", PLACE)
    assert client.post(f"/api/v1/parked/{parked.id}/retry", headers=headers).status_code == 204
    assert client.get("/api/v1/parked").json == {"items": [], "total": 0}
    again = client.post(f"/api/v1/parked/{parked.id}/dismiss", headers=headers)
    assert (again.status_code, again.json["error"]["message"]) == (404, "This is not parked any more.")


def test_the_dashboard_counts_and_the_gauge_tells_every_kind(operator: Browser, parked: WorkFailure) -> None:
    assert '<b data-counter="parked_items" data-bad>1</b> parked' in operator.get("/").text
    exposition = operator.get("/metrics").text
    assert 'chorus_parked_items{kind="delivery"} 1.0' in exposition
    for kind in KINDS:
        assert f'chorus_parked_items{{kind="{kind.name}"}}' in exposition
