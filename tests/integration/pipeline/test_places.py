"""Who is where: joins, leaves, promotions, groups that became supergroups, and what our own bots said."""

from __future__ import annotations

import threading

from sqlalchemy import select

from app.domain.ingest.updates import UNRECOGNISED_OUTCOMES
from app.models import Chat, InboxUpdate, Membership, Mention, Message, Person
from app.services.ingest.inbox import ingest, store_updates
from app.services.ingest.inbox_view import read_inbox
from tests.builders import fetch, make_bot, make_update, make_utterance, refetch
from tests.integration.pipeline.test_ingest import joined, outcomes, receive
from tests.waiting import patience


def service(update_id, chat, **fields):
    """An update with a service message of `chat`."""
    update = make_update(update_id, chat, 900 + update_id, "", **fields)
    del update["message"]["text"]
    return update


def user(bot):
    return {"id": bot.telegram_user_id, "is_bot": True, "first_name": bot.display_name}


def places(pipeline):
    return fetch(pipeline.sessions, select(Membership.status).order_by(Membership.id))


def test_a_promotion_and_its_end_are_followed(pipeline, bot, chat):
    seen = []
    for number, status in enumerate(["administrator", "member"], start=1):
        receive(pipeline, bot, joined(number, chat.telegram_chat_id, status))
        seen += fetch(pipeline.sessions, select(Membership.is_admin))
    assert seen == [True, False]


def test_a_mute_and_a_kick_say_why_where_the_operator_looks(pipeline, bot, chat):
    reasons = []
    for number, status in enumerate(["restricted", "kicked", "member"], start=1):
        receive(pipeline, bot, joined(number, chat.telegram_chat_id, status))
        reasons += fetch(pipeline.sessions, select(Membership.status_reason))
    assert "does not let" in reasons[0]
    assert "removed" in reasons[1]
    assert reasons[2] is None


def test_changes_of_place_in_the_wrong_order_end_with_the_last_one(pipeline, bot, chat):
    kicked, back = joined(7, chat.telegram_chat_id, "kicked"), joined(8, chat.telegram_chat_id, "member")
    receive(pipeline, bot, back, kicked)
    assert places(pipeline) == ["active"]


def test_a_bot_that_others_saw_leave_is_gone_and_one_they_saw_come_is_back(pipeline, bot, chat):
    other = make_bot(pipeline.sessions, "Bob")
    receive(pipeline, other, joined(1, chat.telegram_chat_id, "member"))
    receive(pipeline, bot, service(2, chat, left_chat_member=user(other)))
    assert places(pipeline) == ["active", "left"]
    receive(pipeline, bot, service(3, chat, new_chat_members=[user(other), {"id": 5, "first_name": "Guest"}]))
    assert places(pipeline) == ["active", "active"]
    assert outcomes(pipeline) == ["membership", "left", "joined"]
    assert fetch(pipeline.sessions, select(Message)) == []


def test_a_kick_is_not_undone_by_the_service_message_about_it(pipeline, bot, chat):
    other = make_bot(pipeline.sessions, "Bob")
    receive(pipeline, other, joined(1, chat.telegram_chat_id, "kicked"))
    receive(pipeline, bot, service(2, chat, left_chat_member=user(other)))
    assert places(pipeline) == ["active", "kicked"]


def test_a_group_that_became_a_supergroup_waits_to_be_enabled(pipeline, bot):
    old = Chat(telegram_chat_id=-55, title="Markets")
    new = Chat(telegram_chat_id=-1001234567890, title="Markets")
    to, came = service(1, old, migrate_to_chat_id=new.telegram_chat_id), service(2, new, migrate_from_chat_id=-55)
    to["message"]["chat"]["type"] = "group"
    receive(pipeline, bot, to, came)
    [chat] = fetch(pipeline.sessions, select(Chat))
    assert (chat.telegram_chat_id, chat.title, chat.status) == (new.telegram_chat_id, "Markets", "new")
    assert places(pipeline) == ["active"]
    assert outcomes(pipeline) == ["migrated", "migrated"]


def test_a_known_chat_keeps_its_history_when_its_id_changes(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 42, "hello"))
    successor = Chat(telegram_chat_id=-1007777777777, title=chat.title)
    receive(pipeline, bot, service(2, successor, migrate_from_chat_id=chat.telegram_chat_id))
    [found] = fetch(pipeline.sessions, select(Chat))
    assert (found.id, found.telegram_chat_id, found.status) == (chat.id, -1007777777777, "enabled")


def test_a_basic_group_is_counted_and_makes_no_chat(pipeline, bot):
    group = Chat(telegram_chat_id=-55, title="Friends")
    update = make_update(1, group, 42, "hello")
    update["message"]["chat"]["type"] = "group"
    receive(pipeline, bot, update)
    assert outcomes(pipeline) == ["basic_group"]
    assert fetch(pipeline.sessions, select(Chat)) == []


def test_what_nobody_understood_is_counted_and_kept_for_the_operator(pipeline, bot, chat):
    odd = [{"update_id": 1, "message": {"chat": 5}}, {"update_id": 2, "new_thing": {"a": 1}}]
    receive(pipeline, bot, *odd, {"update_id": 3, "message_reaction": {}}, make_update(4, chat, 42, "hello"))
    view = read_inbox(pipeline.sessions, pipeline.clock)
    assert view.outcomes == {"ignored:message_reaction": 1, "malformed": 1, "message": 1, "unknown:new_thing": 1}
    assert [update.payload for update in view.unrecognised] == odd[::-1]
    assert (view.mode, view.waiting) == ("poll", 0)
    assert all(update.outcome.partition(":")[0] in UNRECOGNISED_OUTCOMES for update in view.unrecognised)


def test_an_update_that_shows_our_own_message_settles_the_send_nobody_knew_the_end_of(pipeline, bot, chat):
    lost = make_utterance(pipeline.sessions, bot, chat, "unknown", text="Ada, rates fell.")
    receive(pipeline, bot, make_update(1, chat, 42, "Ada, rates fell.", **{"from": user(bot)}))
    settled = refetch(pipeline.sessions, lost)
    assert (settled.state, settled.telegram_message_id) == ("sent", 42)
    assert outcomes(pipeline) == ["own_message_settled"]
    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.bot_id, message.telegram_message_id) == (bot.id, 42)
    assert pipeline.queue.urgent == []
    assert fetch(pipeline.sessions, select(Person)) == []


def test_a_reply_to_such_a_message_settles_it_and_addresses_its_bot(pipeline, bot, chat):
    lost = make_utterance(pipeline.sessions, bot, chat, "unknown", text="rates fell")
    quoted = {"message_id": 41, "from": user(bot), "text": "rates fell"}
    receive(pipeline, bot, make_update(1, chat, 42, "did they", reply_to_message=quoted))
    assert refetch(pipeline.sessions, lost).state == "sent"
    assert fetch(pipeline.sessions, select(Mention.bot_id)) == [bot.id]


def test_another_text_of_the_same_bot_settles_nothing(pipeline, bot, chat):
    lost = make_utterance(pipeline.sessions, bot, chat, "unknown", text="rates fell")
    receive(pipeline, bot, make_update(1, chat, 42, "rates rose", **{"from": user(bot)}))
    assert refetch(pipeline.sessions, lost).state == "unknown"
    assert outcomes(pipeline) == ["own_message"]


def test_what_a_stranger_bot_says_is_not_heard(pipeline, bot, chat):
    stranger = {"id": 66, "is_bot": True, "first_name": "Spammer"}
    receive(pipeline, bot, make_update(1, chat, 42, "Ada, buy", **{"from": stranger}))
    assert outcomes(pipeline) == ["other_bot"]
    assert pipeline.queue.urgent == []


def test_a_question_from_before_an_outage_is_let_go(pipeline, bot, chat):
    old = make_update(1, chat, 42, "Ada?")
    old["message"]["date"] -= 3600
    receive(pipeline, bot, old)
    assert pipeline.queue.urgent == []
    assert fetch(pipeline.sessions, select(Mention.status)) == ["pending"]


def test_two_workers_at_once_do_every_update_once_and_in_order(pipeline, bot, chat):
    for start in range(1, 601, 20):
        store_updates(pipeline.ingest, bot.id, [make_update(n, chat, n, f"t{n}") for n in range(start, start + 20)])
    threads = [threading.Thread(target=ingest, args=(pipeline.ingest,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience(30))
    assert fetch(pipeline.sessions, select(Message.telegram_message_id).order_by(Message.id)) == list(range(1, 601))
    assert fetch(pipeline.sessions, select(InboxUpdate.id).where(InboxUpdate.done_at.is_(None))) == []
