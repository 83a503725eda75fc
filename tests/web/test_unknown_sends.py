"""Unknown sends, and the rate factor of a bot in a chat, as operators and programs see them."""

from __future__ import annotations

import datetime as dt

import pytest

from app.bootstrap import Runtime
from app.models import Bot, Chat, Membership, Utterance
from tests.builders import make_utterance, refetch
from tests.web.conftest import Browser

WORDS = "Rates <b>rose</b>"


@pytest.fixture
def lost(runtime: Runtime, bot: Bot, chat: Chat) -> Utterance:
    return make_utterance(runtime.sessions, bot, chat, "unknown", text=WORDS, reason="no_answer_from_telegram")


def test_the_page_says_so_when_every_outcome_is_known(operator: Browser) -> None:
    assert "Every outcome is known" in operator.get("/outbox/").text


def test_the_page_shows_the_words_and_why_nobody_knows(operator: Browser, lost: Utterance) -> None:
    page = operator.get("/outbox/").text
    assert "Rates &lt;b&gt;rose&lt;/b&gt;" in page
    assert "Telegram did not answer" in page
    assert "the chat will read it twice" in page


def test_an_operator_sends_one_again(operator: Browser, runtime: Runtime, lost: Utterance) -> None:
    answer = operator.submit(f"/outbox/{lost.id}/resend", form="/outbox/")
    assert answer.location == "/outbox/"
    row = refetch(runtime.sessions, lost)
    assert (row.state, row.notes[-1]["rule"]) == ("ready", "resent by deniz")
    assert "on its way again" in operator.get("/outbox/").text


def test_an_operator_dismisses_one(operator: Browser, runtime: Runtime, lost: Utterance) -> None:
    operator.submit(f"/outbox/{lost.id}/dismiss", form="/outbox/")
    assert (refetch(runtime.sessions, lost).state, refetch(runtime.sessions, lost).reason) == ("failed", "dismissed")
    assert "Every outcome is known" in operator.get("/outbox/").text


def test_while_its_bot_is_busy_the_page_says_so(
    operator: Browser, runtime: Runtime, bot: Bot, chat: Chat, lost: Utterance
) -> None:
    make_utterance(runtime.sessions, bot, chat, "planned")
    operator.submit(f"/outbox/{lost.id}/resend", form="/outbox/")
    assert "something else under way" in operator.get("/outbox/").text
    assert refetch(runtime.sessions, lost).state == "unknown"


def test_a_program_lists_resends_and_dismisses(operator: Browser, runtime: Runtime, lost: Utterance) -> None:
    client = operator.client
    headers = {"X-CSRFToken": client.get("/api/v1/session").json["csrf_token"]}
    listed = client.get("/api/v1/unknown-sends").json
    assert (listed["total"], listed["items"][0]["text"]) == (1, WORDS)
    assert client.post(f"/api/v1/unknown-sends/{lost.id}/resend", headers=headers).status_code == 204
    assert client.get("/api/v1/unknown-sends").json == {"items": [], "total": 0}
    again = client.post(f"/api/v1/unknown-sends/{lost.id}/dismiss", headers=headers)
    assert (again.status_code, again.json["error"]["message"]) == (404, "This send is not unknown any more.")


def test_both_pages_and_the_api_tell_the_pace_and_the_rest(
    operator: Browser, runtime: Runtime, bot: Bot, chat: Chat
) -> None:
    assert "rate 100%" in operator.get(f"/chats/{chat.id}").text
    with runtime.sessions.begin() as session:
        [member] = session.query(Membership).all()
        member.rate_factor, member.rate_limited_until = 0.25, runtime.clock.now() + dt.timedelta(minutes=5)
        member.status, member.status_reason = "muted", "not enough rights to send text messages"
    for path in (f"/chats/{chat.id}", f"/bots/{bot.id}"):
        page = operator.get(path).text
        assert "rate 25%, rests; goes on" in page
        assert "not enough rights to send text messages" in page
    [shown] = operator.get(f"/api/v1/bots/{bot.id}").json["memberships"]
    assert (shown["status"], shown["rate_factor"]) == ("muted", 0.25)
    assert shown["rests_until"]
    assert operator.get(f"/api/v1/chats/{chat.id}").json["bots"][0]["rate_factor"] == 0.25
