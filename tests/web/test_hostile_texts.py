"""Markup stays text on every page, and no secret gets into a log."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.bootstrap import Runtime
from app.domain.providers.entry import ProviderEntry
from app.models import Message
from app.services.providers import editing
from tests.builders import NOW, add, make_bot, make_chat, make_utterance
from tests.web.conftest import CHAT, PASSWORD, PERSONA, Browser
from tests.web.fakes import FakeTelegram, token_of

HOSTILE = "<script>alert(1)</script>"


def store_hostile_rows(runtime: Runtime) -> None:
    """Stores what people, models and the engine may have written, as markup."""
    with runtime.sessions.begin() as session:
        session.execute(
            text(
                "with p as (insert into people (telegram_user_id, display_name) values (9, :evil) returning id)"
                " insert into messages (chat_id, telegram_message_id, person_id, text, sent_at)"
                " select 1, 1, id, :evil, now() from p"
            ),
            {"evil": HOSTILE},
        )
        session.execute(
            text(
                "with u as (insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, state, reason, text,"
                " topic, available_at, target_message_id)"
                " select 1, 1, now(), 'reply', 'ambient', 'main', 'ready', :evil, :evil, :evil, now(), id"
                " from messages returning id)"
                " insert into tick_traces (utterance_id, engine, seed, decided_at, steps, chat_ids)"
                " select id, :evil, 7, now(), jsonb_build_array(jsonb_build_object('rule', cast(:evil as text),"
                " 'verdict', cast(:evil as text), 'numbers', jsonb_build_object(cast(:evil as text), 1))), '{}' from u"
            ),
            {"evil": HOSTILE},
        )
        session.execute(
            text("update chats set daily_budget_usd = 1, digest = jsonb_build_object('mood', :evil)"), {"evil": HOSTILE}
        )


def test_names_that_are_markup_stay_names(operator: Browser, runtime: Runtime, telegram: FakeTelegram) -> None:
    hostile = telegram.add_bot(700003, "evil_bot", HOSTILE)
    operator.submit("/bots/new", token=hostile, **{**PERSONA, "tone": HOSTILE, "topics": HOSTILE})
    telegram.add_chat(CHAT, HOSTILE, members=(hostile,))
    operator.submit("/chats/new", telegram_chat_id=str(CHAT), language="en", bot_ids="1", topics=HOSTILE)
    store_hostile_rows(runtime)
    editing.add(runtime.provider_edits, ProviderEntry("office", HOSTILE), None, "ada")

    for path in (
        "/",
        "/bots/",
        "/bots/1",
        "/bots/1/persona",
        "/bots/1/why",
        "/chats/",
        "/chats/1",
        "/chats/1/edit",
        "/chats/1/live",
        "/chats/1/live/fragment",
        "/money/",
        "/providers/",
        "/providers/2/edit",
        "/dashboard/fragment",
        "/bots/?q=" + HOSTILE,
    ):
        page = operator.get(path)
        assert page.status_code == 200, path
        assert HOSTILE not in page.text, path
        assert "alert(1)" in page.text, path


def test_25_no_token_and_no_password_is_in_what_the_admin_logs(
    operator: Browser, telegram: FakeTelegram, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    token, unknown = telegram.add_bot(700001, "ada_bot", "Ada"), token_of(999999)
    operator.submit("/bots/new", token=unknown, **PERSONA)
    operator.submit("/bots/new", token=token, **PERSONA)
    operator.submit("/bots/1/token", form="/bots/1", token=unknown)
    telegram.bots.clear()
    operator.submit("/bots/1/recheck", form="/bots/1")
    operator.submit("/sign-out", form="/")
    operator.sign_in(password="hunter2hunter2")
    operator.sign_in()

    said = capfd.readouterr()
    logged = said.out + said.err + caplog.text
    assert "signed_in" in logged
    for secret in (token, unknown, "A" * 35, "hunter2hunter2", PASSWORD):
        assert secret not in logged


def test_34_model_output_runs_no_script_in_the_admin(operator: Browser, runtime: Runtime) -> None:
    bot = make_bot(runtime.sessions)
    chat = make_chat(runtime.sessions, bot)
    make_utterance(runtime.sessions, bot, chat, "discarded", text=HOSTILE, reason="unsafe_link")
    add(
        runtime.sessions,
        Message(chat_id=chat.id, bot_id=bot.id, telegram_message_id=5, sent_at=NOW, text=HOSTILE),
    )
    for path in ("/", f"/chats/{chat.id}", f"/bots/{bot.id}", f"/chats/{chat.id}/live"):
        page = operator.get(path)
        assert HOSTILE not in page.text
    assert "&lt;script&gt;alert(1)" in operator.get(f"/bots/{bot.id}").text
