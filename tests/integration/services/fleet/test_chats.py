"""Chats and memberships, and a fleet from one description."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sqlalchemy import text

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.domain.errors import InvalidInput
from app.domain.ports import MemberInfo
from app.services import fleet
from app.services.fleet import (
    ChatData,
    FleetSpec,
    NewBot,
    NewChat,
    StanceData,
)
from tests.integration.services.conftest import FixedClock
from tests.integration.services.fleet.conftest import CHAT, PERSONA
from tests.web.fakes import FakeTelegram, token_of


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
