"""One bot of a chat is its leader: the others' copies cost little, and nothing is lost when it falls silent."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from app.models import Bot, Chat, InboxUpdate, Membership, Mention, Message, Utterance
from app.services.ingest.inbox import ingest, store_updates
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_update
from tests.integration.pipeline.test_ingest import joined, outcomes, texts
from tests.integration.pipeline.test_query_count import counted

MEMBERS = 50


@pytest.fixture
def bots(pipeline):
    return [make_bot(pipeline.sessions, name) for name in ("Ada", "Bob", "Cem")]


@pytest.fixture
def chat(pipeline, bots):
    """A chat whose leader is Ada."""
    return make_chat(pipeline.sessions, *bots, ingest_leader_bot_id=bots[0].id, ingest_leader_seen_at=NOW)


def bring(pipeline, bot, chat, number, text="hello"):
    store_updates(pipeline.ingest, bot.id, [make_update(number, chat, number, text)])


def ear_of(pipeline, chat):
    [leader] = fetch(pipeline.sessions, select(Chat.ingest_leader_bot_id).where(Chat.id == chat.id))
    return leader


def change(pipeline, statement):
    with pipeline.sessions.begin() as session:
        session.execute(statement)


def test_the_first_bot_that_brings_something_is_the_ear(pipeline, bots):
    chat = make_chat(pipeline.sessions, *bots)
    bring(pipeline, bots[1], chat, 1)
    ingest(pipeline.ingest)
    assert ear_of(pipeline, chat) == bots[1].id


def test_copies_of_the_others_wait_for_the_leader_and_end_unread(pipeline, bots, chat):
    for bot in reversed(bots):
        bring(pipeline, bot, chat, 1)
    ingest(pipeline.ingest)
    assert outcomes(pipeline) == [None, None, "message"]
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert outcomes(pipeline) == ["duplicate", "duplicate", "message"]
    assert ear_of(pipeline, chat) == bots[0].id


def test_a_copy_of_what_is_known_already_is_not_even_kept(pipeline, bots, chat):
    bring(pipeline, bots[0], chat, 1)
    ingest(pipeline.ingest)
    bring(pipeline, bots[1], chat, 1)
    assert outcomes(pipeline) == ["message"]
    assert fetch(pipeline.sessions, select(Bot.next_update_id).where(Bot.id == bots[1].id)) == [2]


def test_when_the_leader_falls_silent_another_takes_over_and_nothing_is_lost(pipeline, bots, chat):
    bring(pipeline, bots[1], chat, 1, "Bob, are you there?")
    bring(pipeline, bots[2], chat, 1, "Bob, are you there?")
    ingest(pipeline.ingest)
    assert texts(pipeline) == []
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert texts(pipeline) == ["Bob, are you there?"]
    assert [tick.bot_id for tick in pipeline.queue.urgent] == [bots[1].id]
    assert ear_of(pipeline, chat) == bots[1].id
    bring(pipeline, bots[1], chat, 2, "at once")
    ingest(pipeline.ingest)
    assert texts(pipeline)[-1] == "at once"


UNFIT = {
    "kicked": lambda bot: update(Membership).where(Membership.bot_id == bot.id).values(status="kicked"),
    "broken": lambda bot: update(Bot).where(Bot.id == bot.id).values(status="broken"),
    "blind": lambda bot: update(Bot).where(Bot.id == bot.id).values(reads_all_messages=False),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_nobody_waits_for_an_leader_that_cannot_hear(pipeline, bots, chat, unfit):
    change(pipeline, unfit(bots[0]))
    bring(pipeline, bots[2], chat, 1)
    ingest(pipeline.ingest)
    assert texts(pipeline) == ["hello"]
    assert ear_of(pipeline, chat) == bots[2].id


def test_an_leader_in_privacy_mode_hears_everything_where_it_is_an_admin(pipeline, bots, chat):
    change(pipeline, UNFIT["blind"](bots[0]))
    change(pipeline, update(Membership).where(Membership.bot_id == bots[0].id).values(is_admin=True))
    bring(pipeline, bots[2], chat, 1)
    ingest(pipeline.ingest)
    assert texts(pipeline) == []


def test_an_leader_that_is_kicked_is_none_any_more_and_what_waited_for_it_is_worked_in(pipeline, bots, chat):
    bring(pipeline, bots[1], chat, 1)
    store_updates(pipeline.ingest, bots[0].id, [joined(9, chat.telegram_chat_id, "kicked")])
    ingest(pipeline.ingest)
    assert ear_of(pipeline, chat) is None
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert texts(pipeline) == ["hello"]
    assert ear_of(pipeline, chat) == bots[1].id


def test_a_muted_or_paused_bot_still_hears(pipeline, bots, chat):
    change(pipeline, update(Membership).where(Membership.bot_id == bots[0].id).values(status="muted"))
    change(pipeline, update(Bot).where(Bot.id == bots[0].id).values(status="paused"))
    bring(pipeline, bots[0], chat, 1)
    ingest(pipeline.ingest)
    assert (texts(pipeline), ear_of(pipeline, chat)) == (["hello"], bots[0].id)


def test_a_mention_that_only_the_bot_in_privacy_mode_was_sent_is_answered_and_the_leader_stays(pipeline, bots, chat):
    change(pipeline, UNFIT["blind"](bots[2]))
    bring(pipeline, bots[2], chat, 1, f"@{bots[2].username} hi")
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert [tick.bot_id for tick in pipeline.queue.urgent] == [bots[2].id]
    assert ear_of(pipeline, chat) == bots[0].id


def test_edits_and_comings_wait_for_nobody(pipeline, bots, chat):
    bring(pipeline, bots[0], chat, 1)
    edited = {"update_id": 5, "edited_message": make_update(5, chat, 1, "changed")["message"]}
    store_updates(pipeline.ingest, bots[1].id, [edited])
    ingest(pipeline.ingest)
    assert texts(pipeline) == ["changed"]


def test_a_bare_about_reaches_one_bot_the_ear(pipeline, bots, chat):
    for bot in bots:
        bring(pipeline, bot, chat, 1, "/about")
    ingest(pipeline.ingest)
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert fetch(pipeline.sessions, select(Utterance.bot_id)) == [bots[0].id]


def test_a_bare_about_reaches_another_bot_when_the_leader_may_not_write(pipeline, bots, chat):
    change(pipeline, update(Membership).where(Membership.bot_id == bots[0].id).values(status="muted"))
    bring(pipeline, bots[0], chat, 1, "/about")
    ingest(pipeline.ingest)
    assert fetch(pipeline.sessions, select(Utterance.bot_id)) == [bots[1].id]


@pytest.mark.parametrize(("text", "who"), [("/weather@{1}", [1]), ("/about@stranger_bot Ada", []), ("/ban", [])])
def test_a_command_for_a_bot_reaches_that_bot_only(pipeline, bots, chat, text, who):
    bring(pipeline, bots[0], chat, 1, text.format(*[bot.username for bot in bots]))
    ingest(pipeline.ingest)
    assert fetch(pipeline.sessions, select(Mention.bot_id)) == [bots[number].id for number in who]


def test_of_fifty_copies_one_is_read_and_the_others_end_in_one_statement(pipeline, committed_db):
    bots = [make_bot(pipeline.sessions, f"Bot{number}") for number in range(MEMBERS)]
    chat = make_chat(pipeline.sessions, *bots, ingest_leader_bot_id=bots[0].id, ingest_leader_seen_at=NOW)
    for bot in bots:
        bring(pipeline, bot, chat, 1)
    with counted(committed_db) as hearing:
        ingest(pipeline.ingest)
    pipeline.clock.pass_seconds(3)
    with counted(committed_db) as ending:
        ingest(pipeline.ingest)
    found = outcomes(pipeline)
    assert (found.count("message"), found.count("duplicate")) == (1, MEMBERS - 1)
    assert len(hearing) <= 14, hearing
    assert len(ending) <= 6, ending
    assert sum("with due" in statement for statement in ending) == 1


def test_the_row_of_a_chat_is_not_written_for_every_message(pipeline, bots, chat):
    heard = []
    for number, wait in enumerate([1, 1, 6], start=1):
        pipeline.clock.pass_seconds(wait)
        bring(pipeline, bots[0], chat, number)
        ingest(pipeline.ingest)
        heard += fetch(pipeline.sessions, select(Chat.ingest_leader_seen_at).where(Chat.id == chat.id))
    assert heard == [NOW, NOW, NOW + dt.timedelta(seconds=8)]


def test_messages_are_numbered_in_the_order_they_came_whoever_brought_them(pipeline, bots, chat):
    waiting = [make_update(number, chat, number, f"text {number}") for number in range(1, 451)]
    store_updates(pipeline.ingest, bots[1].id, waiting)
    store_updates(pipeline.ingest, bots[0].id, waiting[:300])
    ingest(pipeline.ingest)
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert fetch(pipeline.sessions, select(Message.telegram_message_id).order_by(Message.id)) == list(range(1, 451))
    assert fetch(pipeline.sessions, select(InboxUpdate.id).where(InboxUpdate.done_at.is_(None))) == []


def test_a_message_that_somebody_else_stored_is_no_reason_to_change_the_ear(pipeline, bots, chat):
    add(pipeline.sessions, Message(chat_id=chat.id, telegram_message_id=1, bot_id=bots[2].id, text="x", sent_at=NOW))
    bring(pipeline, bots[1], chat, 1)
    pipeline.clock.pass_seconds(3)
    ingest(pipeline.ingest)
    assert ear_of(pipeline, chat) == bots[0].id
