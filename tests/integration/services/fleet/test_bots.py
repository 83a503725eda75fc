"""Bots: taken on, edited, paused, given a new token, listed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotFound
from app.domain.ports import BotIdentity
from app.queues import shard_of
from app.repositories.fleet import bot_problems
from app.repositories.fleet.profiles import load_rows, parse_row
from app.services import fleet
from app.services.fleet import (
    Cursor,
    HoldingData,
    NewBot,
    StanceData,
)
from tests.integration.services.conftest import FixedClock
from tests.integration.services.fleet.conftest import PERSONA
from tests.web.fakes import FakeTelegram, token_of


def test_a_new_bot_is_active_and_due_within_one_interval(make_bot: Any, clock: FixedClock) -> None:
    view = make_bot()

    assert (view.bot.username, view.bot.display_name, view.bot.status) == ("ada_bot", "Ada", "active")
    assert view.persona == PERSONA
    assert clock.now() <= view.bot.due_at <= clock.now() + dt.timedelta(seconds=60)
    assert view.warnings == ()


def test_a_new_bot_belongs_to_the_shard_of_its_id(make_bot: Any, sessions: SessionFactory) -> None:
    view = make_bot()

    with sessions() as session:
        assert session.scalar(text("select shard from tick_schedule")) == shard_of(view.bot.id, 64)


def test_the_token_is_stored_encrypted(make_bot: Any, sessions: SessionFactory, vault: FernetVault) -> None:
    make_bot()

    with sessions() as session:
        stored = session.scalar(text("select token_encrypted from bots"))
    assert "A" * 35 not in stored
    assert vault.decrypt(stored) == token_of(700001)


def test_privacy_mode_is_said_with_its_remedy(make_bot: Any) -> None:
    view = make_bot(privacy=True)

    assert "/setprivacy" in view.warnings[0]


@pytest.mark.parametrize(
    ("token", "wanted"),
    [("", "empty"), ("hello", "malformed"), ("123:abc", "malformed"), (token_of(999999), "Telegram does not know")],
)
def test_a_bad_token_is_refused_without_being_repeated(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock, token: str, wanted: str
) -> None:
    with pytest.raises(InvalidInput, match=wanted) as caught:
        fleet.create_bot(sessions, telegram, vault, NewBot(token, PERSONA), clock=clock, shards=64)

    assert caught.value.field == "token"
    assert "A" * 35 not in str(caught.value)
    assert "A" * 35 not in repr(NewBot(token_of(1), PERSONA))


def test_a_bot_is_taken_on_once(make_bot: Any) -> None:
    make_bot()

    with pytest.raises(InvalidInput, match="already in the fleet"):
        make_bot()


def test_an_unreachable_telegram_is_said_as_such(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock
) -> None:
    telegram.away = True

    with pytest.raises(InvalidInput, match="try again"):
        fleet.create_bot(sessions, telegram, vault, NewBot(token_of(700001), PERSONA), clock=clock, shards=64)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tone", "  "),
        ("tone", "x" * 4001),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("words_per_minute", 5),
        ("language", "English"),
        ("topics", tuple(f"topic {n}" for n in range(51))),
        ("never_do", ("x" * 201,)),
        ("examples", ("x" * 201,)),
        ("examples", tuple("abcdef")),
    ],
)
def test_a_persona_that_cannot_be_names_its_field(make_bot: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_bot(persona=dataclasses.replace(PERSONA, **{field: value}))
    assert caught.value.field == field


def test_an_edit_raises_the_version_and_a_save_without_change_does_not(make_bot: Any, sessions: SessionFactory) -> None:
    bot_id = make_bot().bot.id

    same = fleet.update_bot(sessions, bot_id, persona=PERSONA)
    edited = fleet.update_bot(sessions, bot_id, persona=dataclasses.replace(PERSONA, tone="warm"))
    voiced = fleet.update_bot(sessions, bot_id, stances=[StanceData("trains", "in favour")])

    assert [view.persona_version for view in (same, edited, voiced)] == [1, 2, 3]


def test_examples_are_stored_without_blanks_reach_the_profile_and_raise_the_version(
    make_bot: Any, sessions: SessionFactory
) -> None:
    bot_id = make_bot().bot.id
    persona = dataclasses.replace(PERSONA, examples=(" Two readings are no trend. ", "", "Two readings are no trend."))

    view = fleet.update_bot(sessions, bot_id, persona=persona)

    assert (view.persona.examples, view.persona_version) == (("Two readings are no trend.",), 2)
    with sessions() as session:
        [row] = load_rows(session, [bot_id])
    assert parse_row(row).examples == ("Two readings are no trend.",)
    del row["examples"]  # as in a cache from before there were any
    assert parse_row(row).examples == ()


def test_stances_and_holdings_are_replaced_as_a_whole(make_bot: Any, sessions: SessionFactory) -> None:
    stances = (StanceData("tea", "in favour", Decimal("0.80")), StanceData("rain", "against"))
    bot_id = make_bot(stances=stances, holdings=(HoldingData("btc", Decimal("0.5")),)).bot.id

    view = fleet.update_bot(sessions, bot_id, stances=[StanceData("tea", "undecided", Decimal("0.10"), 60)])
    assert [(s.topic, s.position, s.cooldown_s) for s in view.stances] == [("tea", "undecided", 60)]
    assert [(h.symbol, h.quantity) for h in view.holdings] == [("BTC", Decimal("0.5"))]
    assert list(fleet.update_bot(sessions, bot_id, holdings=[]).holdings) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stances": [StanceData("tea", "")]}, "stances"),
        ({"stances": [StanceData("tea", "yes"), StanceData("Tea", "no")]}, "stances"),
        ({"stances": [StanceData("tea", "yes", Decimal("1.5"))]}, "stances"),
        ({"holdings": [HoldingData("BTC", Decimal("0"))]}, "holdings"),
        ({"holdings": [HoldingData("B T C", Decimal("1"))]}, "holdings"),
        ({"holdings": [HoldingData("BTC", Decimal("1")), HoldingData("btc", Decimal("2"))]}, "holdings"),
    ],
)
def test_opinions_and_positions_that_cannot_be_name_their_field(
    make_bot: Any, sessions: SessionFactory, changes: dict[str, Any], field: str
) -> None:
    bot_id = make_bot().bot.id

    with pytest.raises(InvalidInput) as caught:
        fleet.update_bot(sessions, bot_id, **changes)
    assert caught.value.field == field


def test_a_bot_is_paused_with_a_reason_and_resumed(make_bot: Any, sessions: SessionFactory) -> None:
    bot_id = make_bot().bot.id

    fleet.pause_bot(sessions, bot_id, " too chatty ")
    paused = fleet.get_bot(sessions, bot_id).bot
    fleet.resume_bot(sessions, bot_id)

    assert (paused.status, paused.status_reason) == ("paused", "too chatty")
    assert fleet.get_bot(sessions, bot_id).bot.status_reason is None
    with pytest.raises(NotFound):
        fleet.pause_bot(sessions, bot_id + 1, "")


def test_a_new_token_must_be_the_same_bots(
    make_bot: Any, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault
) -> None:
    bot_id = make_bot().bot.id
    with sessions.begin() as session:
        session.execute(text("update bots set status = 'broken'"))
    other = telegram.add_bot(700002, "bob_bot", "Bob")

    with pytest.raises(InvalidInput, match="belongs to @bob_bot"):
        fleet.replace_token(sessions, telegram, vault, bot_id, other)
    view = fleet.replace_token(sessions, telegram, vault, bot_id, token_of(700001))

    assert view.bot.status == "active"


def test_a_server_that_answers_for_another_bot_is_refused_at_every_door(
    make_bot: Any, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock
) -> None:
    bot_id, new = make_bot().bot.id, token_of(700002)
    telegram.bots = dict.fromkeys((token_of(700001), new), BotIdentity(700003, "mallory_bot", "Mallory", True))
    for door in (
        lambda: fleet.create_bot(sessions, telegram, vault, NewBot(new, PERSONA), clock=clock, shards=64),
        lambda: fleet.recheck_bot(sessions, telegram, vault, bot_id),
        lambda: fleet.replace_token(sessions, telegram, vault, bot_id, token_of(700001)),
    ):
        with pytest.raises(InvalidInput, match=r"answered for another bot \(number 700003\).*check TELEGRAM_URL"):
            door()
    assert fleet.get_bot(sessions, bot_id).bot.username == "ada_bot"


def test_a_new_token_ends_what_the_old_one_suffered(
    make_bot: Any, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock
) -> None:
    bot_id = make_bot().bot.id
    with sessions.begin() as session:
        bot_problems.see(session, bot_id, "other_poller", clock.now())
    assert fleet.get_bot(sessions, bot_id).bot.problem
    assert fleet.replace_token(sessions, telegram, vault, bot_id, token_of(700001)).bot.problem is None


def test_a_list_is_paged_forth_and_back(make_bot: Any, sessions: SessionFactory) -> None:
    ids = [make_bot(700001 + n, f"Bot{n}").bot.id for n in range(5)]

    first = fleet.list_bots(sessions, cursor=Cursor(size=2))
    second = fleet.list_bots(sessions, cursor=Cursor(after=first.next_after, size=2))
    third = fleet.list_bots(sessions, cursor=Cursor(after=second.next_after, size=2))
    back = fleet.list_bots(sessions, cursor=Cursor(before=third.previous_before, size=2))

    assert [[bot.id for bot in page.items] for page in (first, second, third)] == [ids[:2], ids[2:4], ids[4:]]
    assert (first.previous_before, third.next_after) == (None, None)
    assert [bot.id for bot in back.items] == ids[2:4]


def test_a_search_takes_percent_and_underscore_as_they_are(make_bot: Any, sessions: SessionFactory) -> None:
    make_bot(700001, "Ada")
    make_bot(700002, "Bob")

    assert [bot.display_name for bot in fleet.list_bots(sessions, "ADA").items] == ["Ada"]
    assert len(fleet.list_bots(sessions, "_bot").items) == 2
    assert fleet.list_bots(sessions, "%").items == []
    with pytest.raises(InvalidInput):
        fleet.list_bots(sessions, status="sleeping")
