"""From updates to what was said, by whom, and whom it addresses."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.ingest.updates import parse_update
from app.models import Bot, Chat, InboxUpdate, Membership, Mention, Message, Person
from app.services.ingest import processing
from app.services.ingest.inbox import ingest, store_updates
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_update


def receive(pipeline, bot, *updates):
    store_updates(pipeline.ingest, bot.id, updates)
    ingest(pipeline.ingest)


def outcomes(pipeline):
    return fetch(pipeline.sessions, select(InboxUpdate.outcome).order_by(InboxUpdate.id))


def texts(pipeline):
    return fetch(pipeline.sessions, select(Message.text).order_by(Message.id))


def joined(update_id, chat_id, status, title="Markets"):
    change = {"chat": {"id": chat_id, "type": "supergroup", "title": title}, "new_chat_member": {"status": status}}
    return {"update_id": update_id, "my_chat_member": change}


def test_a_message_is_stored_with_its_author_its_thread_and_what_it_is_about(pipeline, bot, chat):
    update = make_update(
        1, chat, 42, "$TSLA, what now?", message_thread_id=7, is_topic_message=True, reply_to_message={"message_id": 41}
    )
    receive(pipeline, bot, update)
    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.text, message.is_question, message.symbols) == ("$TSLA, what now?", True, ["TSLA"])
    assert (message.thread_id, message.reply_to_message_id, message.sent_at) == (7, 41, NOW)
    [person] = fetch(pipeline.sessions, select(Person))
    assert (person.id, person.telegram_user_id, person.display_name) == (message.person_id, 555, "Grace")
    assert pipeline.events.events == [("message", {"chat_id": chat.id})]


def test_every_bot_of_a_chat_brings_a_copy_and_one_is_kept(pipeline, bot):
    others = [make_bot(pipeline.sessions, name) for name in ("Bob", "Cem")]
    chat = make_chat(pipeline.sessions, bot, *others)
    for listener in (bot, *others):
        store_updates(pipeline.ingest, listener.id, [make_update(1, chat, 42, "Ada and Bob, hello")])
    ingest(pipeline.ingest)
    receive(pipeline, bot, make_update(2, chat, 42, "Ada and Bob, hello"))
    assert texts(pipeline) == ["Ada and Bob, hello"]
    assert outcomes(pipeline)[:3] == ["message", "duplicate", "duplicate"]
    assert sorted(tick.bot_id for tick in pipeline.queue.urgent) == sorted([bot.id, others[0].id])


def test_an_update_that_is_repeated_is_stored_once(pipeline, bot, chat):
    for _ in range(3):
        receive(pipeline, bot, make_update(1, chat, 42, "hello"))
    assert outcomes(pipeline) == ["message"]


def test_the_offset_moves_past_what_is_stored_and_never_back(pipeline, bot, chat):
    store_updates(pipeline.ingest, bot.id, [make_update(10, chat, 1, "a"), make_update(11, chat, 2, "b")])
    store_updates(pipeline.ingest, bot.id, [make_update(10, chat, 1, "a")])
    assert fetch(pipeline.sessions, select(Bot.next_update_id)) == [12]


def test_what_our_own_bots_said_is_not_heard_again(pipeline, bot, chat):
    own = {"id": bot.telegram_user_id, "first_name": "Ada", "is_bot": True}
    receive(pipeline, bot, make_update(1, chat, 42, "Ada talks", **{"from": own}))
    assert outcomes(pipeline) == ["own_message"]
    assert texts(pipeline) == []
    assert fetch(pipeline.sessions, select(Person)) == []


def test_a_chat_nobody_knows_is_not_heard(pipeline, bot, chat):
    stranger = Chat(telegram_chat_id=-1009999999999, title="Elsewhere")
    receive(pipeline, bot, make_update(1, stranger, 42, "hello"))
    assert outcomes(pipeline) == ["unknown_chat"]
    assert texts(pipeline) == []


SPOILED = {
    "a user id beyond bigint": {"from": {"id": 2**80, "first_name": "Grace"}},
    "a message id beyond bigint": {"message_id": 2**80},
    "a message id that is a fraction": {"message_id": 7.5},
    "a thread that is a word": {"message_thread_id": "seven", "is_topic_message": True},
    "a time that is no number": {"date": float("nan")},
    "a time without end": {"date": float("inf")},
    "a time after all calendars": {"date": 10**15},
    "a text that is a list": {"text": ["hello"]},
    "brackets without end": {"entities": json.loads("[" * 400 + "]" * 400)},
}


@pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED)
def test_an_update_that_cannot_be_read_is_settled_at_once_and_the_others_are_messages(pipeline, bot, chat, spoiled):
    updates = [make_update(n, chat, n, f"text {n}") for n in range(1, 6)]
    updates[2]["message"] |= spoiled
    receive(pipeline, bot, *updates)
    assert texts(pipeline) == ["text 1", "text 2", "text 4", "text 5"]
    assert outcomes(pipeline)[2] in {"malformed", "unknown:unstorable"}
    assert fetch(pipeline.sessions, select(Bot.next_update_id)) == [6]


def test_a_username_that_is_no_text_costs_the_message_nothing(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 42, "hello", **{"from": {"id": 5, "username": {"a": 1}}}))
    assert texts(pipeline) == ["hello"]


@pytest.mark.parametrize("spoiled", [{"telegram_user_id": 2**80}, {"thread_id": "seven"}], ids=str)
def test_one_bad_update_does_not_hold_up_the_others_and_is_kept_as_failed_in_the_end(
    pipeline, bot, chat, spoiled, monkeypatch
):
    def parse(payload):
        read = parse_update(payload)
        return replace(read, **spoiled) if getattr(read, "text", "") == "text 3" else read

    monkeypatch.setattr(processing, "parse_update", parse)
    updates = [make_update(n, chat, n, f"text {n}") for n in range(1, 6)]
    receive(pipeline, bot, *updates)
    assert texts(pipeline) == ["text 1", "text 2", "text 4", "text 5"]
    assert outcomes(pipeline) == ["message", "message", None, "message", "message"]
    for _ in range(6):
        pipeline.clock.pass_seconds(6)
        ingest(pipeline.ingest)
    assert outcomes(pipeline)[2] == "failed"
    assert fetch(pipeline.sessions, select(InboxUpdate.attempts).where(InboxUpdate.outcome == "failed")) == [3]


@pytest.mark.parametrize(
    "update", [{}, {"message": None}, {"message": []}, {"poll": 5}, {"message": {"chat": 5}}], ids=str
)
def test_an_update_that_tells_nothing_is_settled_at_once(pipeline, bot, chat, update):
    receive(pipeline, bot, {"update_id": 1, **update}, make_update(2, chat, 42, "hello"))
    assert outcomes(pipeline)[1] == "message"
    assert outcomes(pipeline)[0].startswith(("malformed", "unknown"))


def edit(update, at=None):
    message = update["message"] | ({"edit_date": int(at.timestamp())} if at else {})
    return {"update_id": update["update_id"], "edited_message": message}


def test_an_edit_is_followed_and_an_edit_of_something_unknown_harms_nothing(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 42, "helo"))
    edited, unknown = make_update(2, chat, 42, "is TSLA up, $TSLA?"), make_update(3, chat, 77, "who knows")
    pipeline.clock.pass_seconds(5)
    receive(pipeline, bot, edit(edited), edit(unknown))
    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.text, message.edited_at) == ("is TSLA up, $TSLA?", NOW + dt.timedelta(seconds=5))
    assert (message.is_question, message.symbols) == (True, ["TSLA"])
    assert outcomes(pipeline) == ["message", "edited", None]
    for _ in range(3):
        pipeline.clock.pass_seconds(2)
        ingest(pipeline.ingest)
    assert outcomes(pipeline) == ["message", "edited", "edited_unknown"]


def test_an_edit_that_overtook_its_message_is_followed_when_the_message_comes(pipeline, bot, chat):
    receive(pipeline, bot, edit(make_update(2, chat, 42, "hello")))
    receive(pipeline, bot, make_update(1, chat, 42, "helo, Ada"))
    pipeline.clock.pass_seconds(1)
    ingest(pipeline.ingest)
    assert texts(pipeline) == ["hello"]
    assert len(pipeline.queue.urgent) == 1


def test_of_two_edits_in_the_wrong_order_the_later_one_stays(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 42, "one"))
    later, earlier = (NOW + dt.timedelta(seconds=s) for s in (9, 4))
    receive(pipeline, bot, edit(make_update(3, chat, 42, "three"), later))
    receive(pipeline, bot, edit(make_update(2, chat, 42, "two"), earlier))
    assert texts(pipeline) == ["three"]


def test_a_bot_that_is_let_into_a_new_group_waits_there_until_an_operator_enables_it(pipeline, bot):
    receive(pipeline, bot, joined(1, -1005555555555, "member", "New group"))
    [chat] = fetch(pipeline.sessions, select(Chat))
    assert (chat.title, chat.status) == ("New group", "new")
    assert fetch(pipeline.sessions, select(Membership.status)) == ["active"]


def test_kicks_mutes_and_returns_are_followed(pipeline, bot, chat):
    seen = []
    for number, status in enumerate(["kicked", "member", "left", "restricted", "administrator"]):
        receive(pipeline, bot, joined(number, chat.telegram_chat_id, status))
        seen += fetch(pipeline.sessions, select(Membership.status))
    assert seen == ["kicked", "active", "left", "muted", "active"]
    assert fetch(pipeline.sessions, select(Chat.status)) == ["enabled"]


def test_a_bot_that_was_kicked_is_not_addressed_any_more(pipeline, bot, chat):
    receive(pipeline, bot, joined(1, chat.telegram_chat_id, "kicked"))
    receive(pipeline, bot, make_update(2, chat, 42, "Ada?"))
    assert fetch(pipeline.sessions, select(Mention)) == []


def test_a_reply_to_a_bots_message_addresses_that_bot(pipeline, bot, chat):
    add(pipeline.sessions, Message(chat_id=chat.id, telegram_message_id=41, bot_id=bot.id, text="I said", sent_at=NOW))
    receive(pipeline, bot, make_update(1, chat, 42, "really", reply_to_message={"message_id": 41}))
    [mention] = fetch(pipeline.sessions, select(Mention))
    assert (mention.bot_id, mention.status) == (bot.id, "pending")
    [tick] = pipeline.queue.urgent
    assert (tick.bot_id, tick.mention_id) == (bot.id, mention.id)


def test_a_reply_to_the_same_number_in_another_chat_addresses_nobody(pipeline, bot, chat):
    other = make_chat(pipeline.sessions, bot, title="Elsewhere")
    add(pipeline.sessions, Message(chat_id=other.id, telegram_message_id=41, bot_id=bot.id, text="x", sent_at=NOW))
    receive(pipeline, bot, make_update(1, chat, 42, "really", reply_to_message={"message_id": 41}))
    assert fetch(pipeline.sessions, select(Mention)) == []


def test_a_mention_waits_as_long_as_the_settings_say(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 42, f"@{bot.username} hi"))
    [mention] = fetch(pipeline.sessions, select(Mention))
    assert mention.expires_at == NOW + dt.timedelta(seconds=300)


def test_ticks_of_mentions_are_published_after_the_commit(pipeline, bot, chat):
    seen = []

    class LookingQueue(type(pipeline.queue)):
        def publish_urgent_tick(self, tick):
            seen.extend(fetch(pipeline.sessions, select(Mention.id).where(Mention.id == tick.mention_id)))

    pipeline.queue = LookingQueue()
    receive(pipeline, bot, make_update(1, chat, 42, "Ada?"))
    assert len(seen) == 1


def test_a_person_who_changes_their_name_keeps_their_messages(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 42, "hello"))
    renamed = {"id": 555, "first_name": "Amazing Grace", "username": "grace2"}
    receive(pipeline, bot, make_update(2, chat, 43, "again", **{"from": renamed}))
    [person] = fetch(pipeline.sessions, select(Person))
    assert (person.display_name, person.username) == ("Amazing Grace", "grace2")
    assert len(fetch(pipeline.sessions, select(Message).where(Message.person_id == person.id))) == 2


def test_hundreds_of_updates_are_worked_in_at_one_look(pipeline, bot, chat):
    receive(pipeline, bot, *[make_update(n, chat, n, f"text {n}") for n in range(1, 451)])
    assert len(texts(pipeline)) == 450


@pytest.mark.parametrize(
    "text", ["nul\x00inside", "half \ud800 pair", "😀" * 2000, "שלום \u202e abc", "a\u2028b"], ids=ascii
)
def test_any_text_that_telegram_may_send_is_stored(pipeline, bot, chat, text):
    receive(pipeline, bot, make_update(1, chat, 42, text), make_update(2, chat, 43, "next"))
    assert texts(pipeline)[-1] == "next"
    assert len(texts(pipeline)) == 2
