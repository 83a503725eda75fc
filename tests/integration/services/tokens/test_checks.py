"""The hourly look at tokens: whose turn it is, what is noted, and webhooks that are set right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.domain.ingest.webhooks import webhook_secret, webhook_url
from app.domain.ports import BotIdentity, WebhookInfo
from app.models import Bot
from app.repositories.fleet import tokens
from app.repositories.settings.overrides import write_update_mode
from app.services.fleet import get_bot
from app.services.fleet.tokens import AGAIN, EVERY, TokenPorts, check_due, check_now
from tests.builders import NOW, fetch, refetch
from tests.fakes import FakeClock
from tests.integration.services.tokens.bots import change, token
from tests.integration.services.tokens.conftest import BASE, KEY
from tests.web.fakes import FakeTelegram


def checked(sessions: SessionFactory) -> list[dt.datetime | None]:
    return fetch(sessions, select(Bot.checked_at).order_by(Bot.id))


def set_mode(sessions: SessionFactory, mode: str) -> None:
    with sessions.begin() as session:
        write_update_mode(session, mode, None)


def test_names_and_privacy_mode_are_renewed(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any
) -> None:
    bot = take_on()
    telegram.bots[token(bot)] = BotIdentity(bot.telegram_user_id, "ada_new_bot", "Ada L.", False)
    check_due(ports)
    stored = refetch(sessions, bot)

    assert (stored.username, stored.display_name, stored.reads_all_messages) == ("ada_new_bot", "Ada L.", False)
    assert stored.checked_at == NOW


def test_a_username_that_another_bot_still_has_here_breaks_no_check(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any
) -> None:
    ada, bob = take_on("Ada"), take_on("Bob")
    telegram.bots[token(bob)] = BotIdentity(bob.telegram_user_id, ada.username, "Bob", True)

    assert [finding.outcome for finding in check_now(ports)] == ["good", "good"]
    assert refetch(sessions, bob).username == bob.username


def test_every_bot_has_its_turn_once_an_hour_a_slice_a_minute(
    ports: TokenPorts, sessions: SessionFactory, take_on: Any, moving_clock: FakeClock
) -> None:
    for number in range(101):
        take_on(f"Bot{number}")
    looks = []
    for _ in range(60):
        before = sum(at is not None and at >= NOW for at in checked(sessions))
        check_due(ports)
        looks.append(sum(at is not None and at >= NOW for at in checked(sessions)) - before)
        moving_clock.pass_seconds(60)

    assert max(looks) == 3
    assert sum(looks) == 101
    moving_clock.pass_seconds(1)
    check_due(ports)
    assert sum(at == moving_clock.now() for at in checked(sessions)) == 3


def test_a_claim_keeps_to_its_limit_whatever_the_plan(sessions: SessionFactory, take_on: Any) -> None:
    for number in range(12):
        take_on(f"Bot{number}")
    with sessions.begin() as session:
        for plan in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            session.execute(text(f"set local enable_{plan} = off"))
        assert len(tokens.claim_due(session, NOW, NOW - EVERY, 3)) == 3


def test_a_refused_token_takes_its_bot_out_of_service_with_the_reason(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any
) -> None:
    gone, good = take_on("Gone"), take_on("Good")
    del telegram.bots[token(gone)]
    check_due(ports)
    check_due(ports)

    assert (refetch(sessions, gone).status, refetch(sessions, good).status) == ("broken", "active")
    assert "enter a new one from @BotFather" in str(refetch(sessions, gone).status_reason)


def test_a_token_that_is_replaced_while_the_old_one_is_asked_about_stays_in_service(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, take_on: Any
) -> None:
    bot = take_on()
    del telegram.bots[token(bot)]
    answer = telegram.get_me

    def replaced_meanwhile(asked: str) -> BotIdentity:
        change(sessions, bot, token_encrypted=vault.encrypt(asked))
        return answer(asked)

    telegram.get_me = replaced_meanwhile  # type: ignore[method-assign]
    check_due(ports)

    assert refetch(sessions, bot).status == "active"


def test_a_broken_bot_whose_token_works_again_is_told_of_and_not_woken(
    ports: TokenPorts, sessions: SessionFactory, take_on: Any
) -> None:
    bot = take_on(status="broken", status_reason="Telegram refuses the token")
    check_due(ports)
    stored = refetch(sessions, bot)

    assert stored.status == "broken"
    assert stored.status_reason.startswith("Telegram knows the token again")


def test_a_paused_bot_keeps_its_reason(ports: TokenPorts, sessions: SessionFactory, take_on: Any) -> None:
    bot = take_on(status="paused", status_reason="on holiday")
    check_due(ports)

    assert (refetch(sessions, bot).status, refetch(sessions, bot).status_reason) == ("paused", "on holiday")


@pytest.mark.parametrize(("asked_s", "wait"), [(30.0, AGAIN), (700_000.0, dt.timedelta(seconds=700_000))])
def test_a_wait_that_telegram_asks_for_touches_nobody_else_and_its_bot_comes_again_after_it(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any, asked_s: float, wait: Any
) -> None:
    waiting = take_on("Waiting")
    telegram.waits[token(waiting)] = asked_s
    found = {finding.target.id: finding.outcome for finding in check_now(ports)}

    assert found == {waiting.id: "waiting"}
    assert refetch(sessions, waiting).checked_at == NOW - EVERY + wait
    assert refetch(sessions, waiting).status == "active"


def test_a_long_wait_is_told_and_kept_to_by_later_looks(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any, moving_clock: FakeClock
) -> None:
    bot = take_on()
    telegram.waits[token(bot)] = 700_000.0
    check_due(ports)
    assert "to ask for nothing until 2026-11-30 14:26 UTC" in get_bot(sessions, bot.id).bot.problem.words
    del telegram.waits[token(bot)]
    change(sessions, bot, checked_at=None)
    check_due(ports)
    assert refetch(sessions, bot).checked_at is None
    moving_clock.pass_seconds(700_001)
    check_due(ports)
    assert refetch(sessions, bot).checked_at == moving_clock.now()


def test_a_server_that_answers_for_another_bot_changes_no_name_and_is_told_until_it_is_right(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any
) -> None:
    bot = take_on()
    right = telegram.bots[token(bot)]
    telegram.bots[token(bot)] = BotIdentity(1, "mallory_bot", "Mallory", True)
    [finding] = check_now(ports)

    assert (finding.outcome, "answered for another bot (number 1)" in finding.detail) == ("other_account", True)
    assert (refetch(sessions, bot).username, refetch(sessions, bot).status) == (bot.username, "active")
    assert refetch(sessions, bot).checked_at == NOW - EVERY + AGAIN
    assert "check TELEGRAM_URL" in get_bot(sessions, bot.id).bot.problem.words
    telegram.bots[token(bot)] = right
    check_now(ports)
    assert get_bot(sessions, bot.id).bot.problem is None


def test_while_telegram_is_away_the_look_ends_after_the_first_few(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.fleet.tokens.CHECKS_AN_HOUR", 1)
    for number in range(20):
        take_on(f"Bot{number}")
    telegram.away = True
    check_due(ports)

    assert sum(at is not None for at in checked(sessions)) == 8
    assert fetch(sessions, select(Bot.status).distinct()) == ["active"]


def test_a_token_that_no_key_opens_is_told_and_its_bot_left_alone(
    ports: TokenPorts, sessions: SessionFactory, take_on: Any
) -> None:
    bot = take_on()
    change(sessions, bot, token_encrypted="gAAAAA-of-another-key")

    assert [finding.outcome for finding in check_now(ports)] == ["unreadable"]
    assert refetch(sessions, bot).status == "active"


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (WebhookInfo("", 0, None), "it was gone"),
        (WebhookInfo("https://elsewhere.example/x", 3, None), "it lay elsewhere"),
        (WebhookInfo("own", 3, "Wrong response from the webhook: 403 Forbidden"), "its deliveries were refused"),
    ],
)
def test_in_mode_webhook_a_webhook_that_went_astray_is_set_again(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any, info: WebhookInfo, why: str
) -> None:
    set_mode(sessions, "webhook")
    bot = take_on()
    public_id = str(refetch(sessions, bot).public_id)
    own = webhook_url(BASE, public_id)
    telegram.webhooks[token(bot)] = WebhookInfo(own, info.pending, info.last_error) if info.url == "own" else info

    assert [finding.repaired for finding in check_now(ports)] == [why]
    assert telegram.webhooks[token(bot)].url == own
    assert telegram.secrets[token(bot)] == webhook_secret(KEY, public_id)
    assert [finding.repaired for finding in check_now(ports)] == [None]


def test_in_another_mode_a_webhook_that_keeps_updates_away_is_deleted(
    ports: TokenPorts, telegram: FakeTelegram, take_on: Any
) -> None:
    bot = take_on()
    telegram.webhooks[token(bot)] = WebhookInfo("https://elsewhere.example/x", 3, None)

    assert [finding.repaired for finding in check_now(ports)] == ["a webhook was set in mode poll"]
    assert telegram.webhooks == {}


def test_a_broken_bots_webhook_is_left_alone(
    ports: TokenPorts, sessions: SessionFactory, telegram: FakeTelegram, take_on: Any
) -> None:
    set_mode(sessions, "webhook")
    take_on(status="broken")
    check_due(ports)

    assert telegram.webhooks == {}
