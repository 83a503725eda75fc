"""Places that Telegram refuses, as operators and programs see them, and try them again."""

from __future__ import annotations

import datetime as dt

import pytest

from app.bootstrap import Runtime
from app.models import Bot, Chat, Rest
from tests.builders import add, refetch
from tests.web.conftest import Browser


@pytest.fixture
def rest(runtime: Runtime, bot: Bot, chat: Chat) -> Rest:
    now = runtime.clock.now()
    until = now + dt.timedelta(hours=1)
    base = {"chat_id": chat.id, "reason": "Bad Request: TOPIC_<b>", "failed_at": now, "rests": 1, "failures": 3}
    rest = Rest(bot_id=bot.id, thread_id=5, rests_until=until, **base)
    over = Rest(bot_id=bot.id, thread_id=6, rests_until=now, **{**base, "reason": "OVER"})
    counted = Rest(bot_id=bot.id, thread_id=7, rests_until=None, **{**base, "reason": "COUNTED"})
    emoji = Rest(bot_id=None, thread_id=-1, emoji="👍", rests_until=until, **{**base, "reason": "REACTION_INVALID"})
    add(runtime.sessions, rest, over, counted, emoji)
    return rest


def test_every_page_where_an_operator_looks_tells_what_rests_why_and_until_when(
    operator: Browser, bot: Bot, chat: Chat, rest: Rest
) -> None:
    for path in (f"/bots/{bot.id}", f"/bots/{bot.id}/why", f"/chats/{chat.id}", "/outbox/"):
        page = operator.get(path).text
        for words in (
            "Topic 5",
            "TOPIC_&lt;b&gt;, 3 times in a row",
            "Reactions with 👍",
            "REACTION_INVALID",
            "tried again <time",
        ):
            assert words in page, (path, words)
        assert "OVER" not in page
        assert "COUNTED" not in page


def test_an_operator_tries_a_place_again_by_hand(operator: Browser, runtime: Runtime, bot: Bot, rest: Rest) -> None:
    answer = operator.submit(f"/outbox/rests/{rest.id}/try", form="/outbox/")
    assert answer.location == f"/bots/{bot.id}"
    assert refetch(runtime.sessions, rest).rests_until <= runtime.clock.now()
    page = operator.get(f"/bots/{bot.id}").text
    assert "The next turn tries it again." in page
    assert "Topic 5" not in page
    operator.submit(f"/outbox/rests/{rest.id}/try", form="/outbox/")
    assert "does not rest any more" in operator.get("/outbox/").text


def test_programs_see_and_try_the_same(operator: Browser, bot: Bot, chat: Chat, rest: Rest) -> None:
    session = operator.get("/api/v1/session").json
    headers = {"X-CSRFToken": session["csrf_token"]}
    for path in ("rests", f"bots/{bot.id}", f"chats/{chat.id}", f"bots/{bot.id}/why"):
        body = operator.get(f"/api/v1/{path}").json
        listed = body["items"] if path == "rests" else body["rests"]
        assert {item["place"] for item in listed} == {"topic 5", "reactions with 👍"}
        assert {item["reason"] for item in listed} == {"Bad Request: TOPIC_<b>", "REACTION_INVALID"}
    assert operator.client.post(f"/api/v1/rests/{rest.id}/try", headers=headers).status_code == 204
    assert operator.client.post(f"/api/v1/rests/{rest.id}/try", headers=headers).status_code == 404
