"""The page and the API that tell why a bot spoke or is silent, and the ways to them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app.bootstrap import Runtime
from app.models import Bot, Chat, TickTrace, Utterance
from app.services.schedule.tick import run_tick
from app.services.settings.values import write_settings
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_message
from tests.web.conftest import Browser

SURE = {"speak_probability": 1.0, "reply_probability": 1.0, "talk_backoff": 0.0}
"""Every turn is used, for a reply, whoever talks."""

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def ada(runtime: Runtime) -> Bot:
    write_settings(runtime.sessions, SURE, "test", runtime.clock)
    return make_bot(runtime.sessions)


@pytest.fixture
def markets(runtime: Runtime, ada: Bot) -> Chat:
    chat = make_chat(runtime.sessions, ada)
    make_message(runtime.sessions, chat, f"What of rates? {HOSTILE}", runtime.clock.now())
    return chat


@pytest.fixture
def said(runtime: Runtime, ada: Bot, markets: Chat) -> Utterance:
    """What Ada said in a tick of hers, sent as message 77."""
    run_tick(runtime.tick, ada.id, runtime.clock.now())
    with runtime.sessions.begin() as session:
        session.execute(
            update(Utterance).values(state="sent", text="Up, I think.", telegram_message_id=77, finished_at=NOW)
        )
    (utterance,) = fetch(runtime.sessions, select(Utterance))
    return utterance


def test_the_page_tells_why_it_spoke_in_plain_words(operator: Browser, ada: Bot, said: Utterance) -> None:
    page = operator.get(f"/bots/{ada.id}/why").text

    assert "Why it said that" in page
    assert "It turns to Markets: chats were drawn by these weights." in page
    assert "Up, I think." in page
    assert f"chorus replay {said.id}" in page
    assert HOSTILE not in page


def test_the_page_tells_why_it_is_silent_from_what_ticks_left_in_redis(
    operator: Browser, runtime: Runtime, ada: Bot
) -> None:
    for _ in range(3):
        run_tick(runtime.tick, ada.id, runtime.clock.now())

    page = operator.get(f"/bots/{ada.id}/why").text

    assert "Ada was silent in its last 3 turns: The bot is in no enabled chat." in page
    assert "It is in no chat." in page
    assert "<b>3</b>" in page


def test_one_utterance_is_explained_and_replayed(operator: Browser, ada: Bot, said: Utterance) -> None:
    page = operator.get(f"/bots/{ada.id}/why?said={said.id}").text

    assert "Why it said this" in page
    assert "Decided again just now, it comes out the same, bit for bit." in page


def test_a_text_that_was_written_anew_says_why(operator: Browser, runtime: Runtime, ada: Bot, said: Utterance) -> None:
    way = f"/bots/{ada.id}/why?said={said.id}"
    assert "Written anew" not in operator.get(way).text
    with runtime.sessions.begin() as session:
        session.execute(update(Utterance).values(rewrite_reason="unsafe_promises_profit"))
    assert "Written anew, for the first draft was refused" in operator.get(way).text
    assert "Written anew" in operator.get(f"/bots/{ada.id}").text


def test_a_message_of_the_live_view_leads_to_its_explanation(
    operator: Browser, runtime: Runtime, ada: Bot, markets: Chat, said: Utterance
) -> None:
    message = make_message(runtime.sessions, markets, "Up, I think.", runtime.clock.now())
    message.person_id, message.bot_id, message.telegram_message_id = None, ada.id, 77
    add(runtime.sessions, message)
    way = f"/chats/{markets.id}/why/77"

    live = operator.get(f"/chats/{markets.id}/live").text

    assert live.count(way) == 1
    assert "Why?" in live
    assert operator.get(way).location == f"/bots/{ada.id}/why?said={said.id}"
    assert operator.get(f"/chats/{markets.id}/why/78").status_code == 404


def test_what_is_on_its_way_leads_there_too(operator: Browser, runtime: Runtime, ada: Bot, markets: Chat) -> None:
    run_tick(runtime.tick, ada.id, runtime.clock.now())
    (planned,) = fetch(runtime.sessions, select(Utterance))
    assert f"/bots/{ada.id}/why?said={planned.id}" in operator.get(f"/chats/{markets.id}/live/fragment").text


def test_only_what_was_said_in_the_chosen_chat_is_shown(
    operator: Browser, runtime: Runtime, ada: Bot, said: Utterance
) -> None:
    birds = make_chat(runtime.sessions, ada, title="Birds")

    assert "Up, I think." in operator.get(f"/bots/{ada.id}/why?chat={said.chat_id}").text
    assert "Up, I think." not in operator.get(f"/bots/{ada.id}/why?chat={birds.id}").text
    assert operator.get(f"/bots/{ada.id}/why?chat=999").status_code == 404
    assert operator.get(f"/bots/{ada.id}/why?chat=birds").status_code == 400


def test_an_utterance_whose_trace_is_gone_says_so(
    operator: Browser, runtime: Runtime, ada: Bot, said: Utterance
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(TickTrace).values(record=None))
    assert "has no record" in operator.get(f"/bots/{ada.id}/why?said={said.id}").text
    with runtime.sessions.begin() as session:
        session.delete(session.get(TickTrace, said.id))
    assert (
        "No trace of it is kept: it is past its time, or answers a command."
        in operator.get(f"/bots/{ada.id}/why?said={said.id}").text
    )


def test_anothers_utterance_and_unknown_bots_are_not_found(
    operator: Browser, runtime: Runtime, ada: Bot, said: Utterance
) -> None:
    other = make_bot(runtime.sessions, "Bob")
    assert operator.get(f"/bots/{other.id}/why?said={said.id}").status_code == 404
    assert operator.get(f"/bots/{ada.id}/why?said=9999").status_code == 404
    assert operator.get("/bots/9999/why").status_code == 404


def test_a_bot_without_a_past_has_a_page(operator: Browser, ada: Bot) -> None:
    page = operator.get(f"/bots/{ada.id}/why").text
    assert "It has said nothing yet" in page
    assert "No silent turn is known" in page


def test_the_api_tells_the_same(operator: Browser, runtime: Runtime, ada: Bot, said: Utterance) -> None:
    told = operator.get(f"/api/v1/bots/{ada.id}/why").json
    assert told["said"][0]["tick_id"] == said.id
    assert told["said"][0]["steps"][0]["text"] == "The fleet is running."

    one = operator.get(f"/api/v1/utterances/{said.id}/why").json
    assert one["replay"] == "Decided again just now, it comes out the same, bit for bit."
    assert operator.get("/api/v1/utterances/9999/why").status_code == 404
    assert operator.get(f"/api/v1/bots/{ada.id}/why?chat=x").json["error"]["field"] == "chat"


def test_the_bots_page_leads_to_the_words(operator: Browser, ada: Bot) -> None:
    assert f"/bots/{ada.id}/why" in operator.get(f"/bots/{ada.id}").text
