"""A group that got another id: a send and an update may both tell of it, in either order and at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text

from app.domain.errors import ChatMigrated
from app.models import Chat, Feed, FeedChat, Membership, Message, Mute, Person
from app.repositories.fleet import chat_migration
from app.repositories.fleet import chats as chat_rows
from app.repositories.fleet.chats import ChatData
from app.repositories.ingest import inbox, store
from app.services.delivery import deliver
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_message, make_update, make_utterance, refetch
from tests.integration.pipeline.test_ingest import receive

NEW_ID = -1_009_999_999_999
PATIENCE_S = 20.0


@pytest.fixture
def ready(pipeline, bot, chat, monkeypatch):
    """A text that Telegram refuses under the group's old id, because the group moved."""
    send = pipeline.telegram.send_message

    def send_to_new_id(token, telegram_chat_id, *words):
        if telegram_chat_id == chat.telegram_chat_id:
            raise ChatMigrated(NEW_ID)
        return send(token, telegram_chat_id, *words)

    monkeypatch.setattr(pipeline.telegram, "send_message", send_to_new_id)
    return make_utterance(pipeline.sessions, bot, chat)


def moved(chat, update_id=1):
    """The update of the new group that tells where it came from."""
    successor = Chat(telegram_chat_id=NEW_ID, title=chat.title)
    update = make_update(update_id, successor, 1, "", migrate_from_chat_id=chat.telegram_chat_id)
    del update["message"]["text"]
    return update


def successor_of(pipeline, chat, *bots, **fields):
    """A chat of our own with the new id."""
    made = make_chat(pipeline.sessions, *bots, title=chat.title, **fields)
    with pipeline.sessions.begin() as session:
        session.get_one(Chat, made.id).telegram_chat_id = NEW_ID
    return made


def assert_one_chat_lives_on(pipeline, chat, ready):
    """The chat has its new id, and the text that was refused is said there, once."""
    [found] = fetch(pipeline.sessions, select(Chat))
    assert (found.id, found.telegram_chat_id, found.status) == (chat.id, NEW_ID, "enabled")
    deliver(pipeline.delivery)
    assert [where for _, where, _, _ in pipeline.telegram.sent] == [NEW_ID]
    assert refetch(pipeline.sessions, ready).state == "sent"


@contextmanager
def running(work: Callable[[], object]) -> Iterator[None]:
    """`work` in a thread that has ended when the block has; what it raised is raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert raised == []


def wait_until_blocked(pipeline):
    """Returns when another session waits for a lock."""
    statement = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with pipeline.sessions() as session:
            if session.scalar(statement):
                return
    raise AssertionError("nobody waits")


def test_the_update_comes_first_and_the_send_follows(pipeline, bot, chat, ready):
    receive(pipeline, bot, moved(chat))
    deliver(pipeline.delivery)
    assert_one_chat_lives_on(pipeline, chat, ready)


def test_the_send_comes_first_and_the_update_follows(pipeline, bot, chat, ready):
    deliver(pipeline.delivery)
    receive(pipeline, bot, moved(chat))
    assert_one_chat_lives_on(pipeline, chat, ready)


def test_both_under_way_the_send_ahead(pipeline, bot, chat, ready):
    with pipeline.sessions.begin() as session:
        assert chat_migration.follow_migration(session, chat.telegram_chat_id, NEW_ID)
        with running(lambda: receive(pipeline, bot, moved(chat))):
            wait_until_blocked(pipeline)
            session.commit()
    deliver(pipeline.delivery)
    assert_one_chat_lives_on(pipeline, chat, ready)


def test_both_under_way_the_update_ahead(pipeline, bot, chat, ready):
    with pipeline.sessions() as session:
        inbox.wait_for_turn(session)
        store.set_membership(session, bot.id, NEW_ID, chat.title, "active", None, is_admin=False)
        with running(lambda: deliver(pipeline.delivery)):
            wait_until_blocked(pipeline)
            chat_migration.follow_migration(session, chat.telegram_chat_id, NEW_ID)
            store.add_member(session, bot.id, NEW_ID, chat.title)
            session.commit()
    assert_one_chat_lives_on(pipeline, chat, ready)


def test_an_operator_who_adds_the_new_group_at_that_moment_breaks_no_send(pipeline, bot, chat, ready):
    with pipeline.sessions() as session:
        chat_rows.insert_chat(session, NEW_ID, ChatData("Markets, new"), "enabled")
        with running(lambda: deliver(pipeline.delivery)):
            wait_until_blocked(pipeline)
            session.commit()
    assert_one_chat_lives_on(pipeline, chat, ready)


@pytest.mark.parametrize("teller", ["update", "send"])
def test_whoever_tells_of_it_a_chat_made_known_meanwhile_is_absorbed(pipeline, bot, chat, ready, teller):
    other = make_bot(pipeline.sessions, "Bob")
    newcomer = successor_of(pipeline, chat, bot, other, status="new")
    make_message(pipeline.sessions, newcomer, "We moved")
    [person] = fetch(pipeline.sessions, select(Person.id))
    add(pipeline.sessions, Mute(chat_id=newcomer.id, person_id=person, bot_id=bot.id, since=NOW), Feed(id=1, url="u"))
    add(pipeline.sessions, FeedChat(feed_id=1, chat_id=newcomer.id))

    tell = {"update": lambda: receive(pipeline, bot, moved(chat)), "send": lambda: deliver(pipeline.delivery)}
    tell[teller]()

    assert set(fetch(pipeline.sessions, select(Membership.bot_id))) == {bot.id, other.id}
    assert fetch(pipeline.sessions, select(Message.text)) == ["We moved"]
    assert fetch(pipeline.sessions, select(Mute.chat_id)) == [chat.id]
    assert fetch(pipeline.sessions, select(FeedChat.chat_id)) == [chat.id]
    assert_one_chat_lives_on(pipeline, chat, ready)


@pytest.mark.parametrize("teller", ["update", "send"])
def test_whoever_tells_of_it_one_that_bots_speak_in_stays_and_the_old_one_is_paused(pipeline, bot, chat, ready, teller):
    other = make_bot(pipeline.sessions, "Bob")
    in_use = successor_of(pipeline, chat, other)
    make_utterance(pipeline.sessions, other, in_use, "sent")

    tell = {"update": lambda: receive(pipeline, bot, moved(chat)), "send": lambda: deliver(pipeline.delivery)}
    tell[teller]()

    old = refetch(pipeline.sessions, chat)
    assert old.status == "paused"
    assert str(NEW_ID) in old.status_reason
    assert refetch(pipeline.sessions, in_use).status == "enabled"


def test_a_move_between_groups_that_nobody_knows_is_no_chat_of_ours(pipeline, chat):
    with pipeline.sessions.begin() as session:
        assert not chat_migration.follow_migration(session, -1_008_888_888_888, NEW_ID)
    assert fetch(pipeline.sessions, select(Chat.telegram_chat_id)) == [chat.telegram_chat_id]
