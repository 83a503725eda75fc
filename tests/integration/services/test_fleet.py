"""The fleet: bots, chats, memberships, and a fleet from one description."""

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
from app.domain.ports import BotIdentity, MemberInfo
from app.queues import shard_of
from app.repositories.fleet import bot_problems
from app.services import fleet
from app.services.fleet import (
    BotView,
    ChatData,
    Cursor,
    FleetSpec,
    HoldingData,
    NewBot,
    NewChat,
    PersonaData,
    StanceData,
)
from tests.integration.services.conftest import FixedClock
from tests.web.fakes import FakeTelegram, token_of

CHAT = -1001234567890
PERSONA = PersonaData("dry, curious", topics=("birds", "trains"))


@pytest.fixture
def make_bot(sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock) -> Any:
    def make(number: int = 700001, name: str = "Ada", **options: Any) -> BotView:
        token = telegram.add_bot(number, f"{name.lower()}_bot", name, privacy=options.pop("privacy", False))
        form = NewBot(token, options.pop("persona", PERSONA), **options)
        return fleet.create_bot(sessions, telegram, vault, form, clock=clock, shards=64)

    return make


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


@pytest.mark.parametrize(
    ("chat_id", "wanted"),
    [
        ("", "malformed"),
        ("@mygroup", "malformed"),
        ("https://t.me/x", "malformed"),
        ("12345", "person or a bot"),
        ("-4567", "convert it to a supergroup"),
        ("-1000000000000", "convert it to a supergroup"),
        ("-100" + "1" * 40, "malformed"),
    ],
)
def test_a_chat_id_that_is_no_supergroup_says_what_to_do(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, chat_id: str, wanted: str
) -> None:
    with pytest.raises(InvalidInput, match=wanted) as caught:
        fleet.create_chat(sessions, telegram, vault, NewChat(chat_id, "Birds"))
    assert caught.value.field == "telegram_chat_id"


def test_a_new_chat_takes_its_title_from_a_bot_that_is_in_it(
    make_bot: Any, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault
) -> None:
    bot = make_bot().bot
    telegram.add_chat(CHAT, "Bird watchers", members=(token_of(700001),))

    page = fleet.create_chat(sessions, telegram, vault, NewChat(str(CHAT), bot_ids=(bot.id,)))

    assert (page.chat.title, page.chat.status, page.chat.members) == ("Bird watchers", "new", 1)
    assert page.members[0].username == "ada_bot"
    with pytest.raises(InvalidInput, match="known already"):
        fleet.create_chat(sessions, telegram, vault, NewChat(CHAT, "Again"))


def test_a_bot_that_is_not_in_the_group_cannot_be_its_member(
    make_bot: Any, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault
) -> None:
    bot = make_bot().bot
    telegram.add_chat(CHAT, "Bird watchers")
    chat_id = fleet.create_chat(sessions, telegram, vault, NewChat(CHAT, "Birds")).chat.id

    with pytest.raises(InvalidInput, match="add it there in Telegram first") as caught:
        fleet.add_member(sessions, telegram, vault, chat_id, bot.id)
    assert caught.value.field == "bot_ids"


def test_a_chat_without_a_title_and_without_a_bot_that_knows_it_is_refused(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault
) -> None:
    with pytest.raises(InvalidInput) as caught:
        fleet.create_chat(sessions, telegram, vault, NewChat(CHAT))
    assert caught.value.field == "title"


def test_members_come_and_go(
    make_bot: Any, sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault
) -> None:
    bot = make_bot().bot
    telegram.add_chat(CHAT, "Birds", members=(token_of(700001),))
    chat_id = fleet.create_chat(sessions, telegram, vault, NewChat(CHAT, "Birds", enabled=True)).chat.id
    assert [row[0] for row in fleet.list_candidates(sessions, chat_id)] == [bot.id]

    fleet.add_member(sessions, telegram, vault, chat_id, bot.id)
    assert fleet.list_candidates(sessions, chat_id) == []
    assert fleet.get_bot(sessions, bot.id).memberships[0].chat_title == "Birds"
    fleet.remove_member(sessions, chat_id, bot.id)

    assert fleet.get_chat(sessions, chat_id).members == []


@pytest.mark.parametrize(
    ("member", "members_may_send", "privacy", "wanted"),
    [
        (MemberInfo("member", True), True, False, []),
        (MemberInfo("administrator", True), False, True, []),
        (MemberInfo("restricted", False), True, False, ["may not write in Birds: it is restricted there"]),
        (MemberInfo("member", True), False, False, ["may not write in Birds: only administrators may"]),
        (MemberInfo("member", True), True, True, ["sees only commands"]),
        (MemberInfo("restricted", False), True, True, ["may not write", "sees only commands"]),
    ],
)
def test_a_bot_that_enters_a_chat_comes_with_advice_on_its_rights_there(
    make_bot: Any,
    sessions: SessionFactory,
    telegram: FakeTelegram,
    vault: FernetVault,
    member: MemberInfo,
    members_may_send: bool,
    privacy: bool,
    wanted: list[str],
) -> None:
    bot = make_bot(privacy=privacy).bot
    telegram.add_chat(CHAT, "Birds", members=(token_of(700001),))
    telegram.chats[CHAT] = dataclasses.replace(telegram.chats[CHAT], members_may_send=members_may_send)
    telegram.places[token_of(700001), CHAT] = member

    at_creation = fleet.create_chat(sessions, telegram, vault, NewChat(CHAT, bot_ids=(bot.id,)))
    fleet.remove_member(sessions, at_creation.chat.id, bot.id)
    later = fleet.add_member(sessions, telegram, vault, at_creation.chat.id, bot.id)

    assert at_creation.warnings == later
    assert len(later) == len(wanted)
    assert all(words in line and "To change that, " in line for words, line in zip(wanted, later, strict=True))
    with sessions() as session:
        assert session.scalar(text("select is_admin from memberships")) is (member.status == "administrator")


def test_a_chat_is_edited_paused_and_enabled(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault
) -> None:
    chat_id = fleet.create_chat(sessions, telegram, vault, NewChat(CHAT, "Birds")).chat.id

    fleet.update_chat(sessions, chat_id, ChatData("  Bird  talk ", "TR", ("gulls", "gulls", "")))
    fleet.enable_chat(sessions, chat_id)
    fleet.pause_chat(sessions, chat_id, "spring cleaning")

    chat = fleet.get_chat(sessions, chat_id).chat
    assert (chat.title, chat.language, chat.topics) == ("Bird talk", "tr", ("gulls",))
    assert (chat.status, chat.status_reason) == ("paused", "spring cleaning")
    assert fleet.list_chats(sessions, "bird", "paused").items[0].id == chat_id
    assert fleet.list_chats(sessions, str(CHAT)).items[0].id == chat_id
    assert fleet.list_chats(sessions, status="enabled").items == []


def test_seeding_twice_changes_nothing_the_second_time(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock
) -> None:
    spec = FleetSpec(
        bots=tuple(
            NewBot(telegram.add_bot(700001 + n, f"bot{n}_bot", f"Bot {n}"), PERSONA, (StanceData("tea", "yes"),))
            for n in range(3)
        ),
        chats=(NewChat(CHAT, "Birds", enabled=True),),
        memberships=((700001, CHAT), (700002, CHAT)),
        settings={"tick_interval_s": 12},
    )

    def picture() -> list[Any]:
        with sessions() as session:
            return [
                session.execute(text(statement)).all()
                for statement in (
                    "select id, username, status from bots order by id",
                    "select bot_id, tone, version from personas order by bot_id",
                    "select bot_id, topic from stances order by id",
                    "select bot_id, due_at, shard, interval_s from tick_schedule order by bot_id",
                    "select title, status from chats",
                    "select bot_id, chat_id, status from memberships order by id",
                    "select key, value from settings",
                )
            ]

    fleet.seed_fleet(sessions, telegram, vault, spec, clock, shards=64)
    first = picture()
    fleet.seed_fleet(sessions, telegram, vault, spec, clock, shards=64)

    assert picture() == first
    assert len(first[0]) == 3
    assert len(first[5]) == 2
    assert {row.interval_s for row in first[3]} == {12}


def test_a_seed_with_an_unknown_member_writes_no_bot(
    sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock
) -> None:
    spec = FleetSpec(bots=(NewBot(telegram.add_bot(700001, "ada_bot", "Ada"), PERSONA),), memberships=((700001, CHAT),))

    with pytest.raises(InvalidInput, match="memberships"):
        fleet.seed_fleet(sessions, telegram, vault, spec, clock, shards=64)
    assert fleet.list_bots(sessions).items == []
