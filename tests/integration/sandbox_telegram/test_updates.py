"""getUpdates: who receives what, long polling, confirmation."""

from __future__ import annotations

import time

import pytest

from tests.integration.sandbox_telegram.harness import Background, Sandbox, token_of
from tests.waiting import patience

BOT, OTHER = 100001, 100002


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def test_a_person_s_message_arrives_in_the_real_shape(sandbox: Sandbox, chat_id: int) -> None:
    first = sandbox.say(chat_id, "first")
    second = sandbox.say(chat_id, "see @bot100001_bot", reply_to_message_id=first)
    update = sandbox.poll(BOT)[1]
    message = update["message"]
    assert message["message_id"] == second
    assert message["from"]["is_bot"] is False
    assert message["chat"]["id"] == chat_id
    assert message["reply_to_message"]["text"] == "first"
    assert message["entities"] == [{"type": "mention", "offset": 4, "length": 14}]


def test_updates_repeat_until_an_offset_confirms_them(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.say(chat_id, "one")
    sandbox.say(chat_id, "two")
    first, second = sandbox.poll(BOT)
    assert sandbox.poll(BOT) == [first, second]
    assert second["update_id"] == first["update_id"] + 1
    assert sandbox.poll(BOT, offset=second["update_id"]) == [second]
    assert sandbox.poll(BOT) == [second]
    assert sandbox.poll(BOT, offset=second["update_id"] + 1) == []


def test_limit_and_negative_offset(sandbox: Sandbox, chat_id: int) -> None:
    for text in "abc":
        sandbox.say(chat_id, text)
    assert [u["message"]["text"] for u in sandbox.poll(BOT, limit=2)] == ["a", "b"]
    assert [u["message"]["text"] for u in sandbox.poll(BOT, offset=-1)] == ["c"]
    assert len(sandbox.poll(BOT)) == 1


def test_a_long_poll_wakes_as_soon_as_someone_speaks(sandbox: Sandbox, chat_id: int) -> None:
    poll = sandbox.begin_poll(chat_id, BOT)
    started = time.monotonic()
    sandbox.say(chat_id, "wake up")
    (update,) = poll.finish()["result"]
    assert update["message"]["text"] == "wake up"
    assert time.monotonic() - started < patience(2)


def test_a_second_poll_ends_the_first_with_a_conflict(sandbox: Sandbox, chat_id: int) -> None:
    first = sandbox.begin_poll(chat_id, BOT)
    assert sandbox.poll(BOT) == []
    body = first.finish()
    assert body["error_code"] == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request")


def test_setting_a_webhook_ends_the_poll(sandbox: Sandbox, chat_id: int) -> None:
    poll = sandbox.begin_poll(chat_id, BOT)
    sandbox.result(BOT, "setWebhook", url="http://127.0.0.1:9/")
    assert poll.finish()["error_code"] == 409


def test_a_revoked_token_ends_the_poll(sandbox: Sandbox, chat_id: int) -> None:
    poll = sandbox.begin_poll(chat_id, BOT)
    sandbox.control("DELETE", f"/bots/{BOT}")
    assert poll.finish()["error_code"] == 401


def test_bots_do_not_read_bots(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    sandbox.add_bot(OTHER)
    chat_id = sandbox.add_chat(BOT, OTHER)
    sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="hello @bot100002_bot")
    sandbox.say(chat_id, "from a person")
    assert sandbox.texts(OTHER) == ["from a person"]
    assert sandbox.texts(BOT) == ["from a person"]


def test_privacy_mode_lets_through_only_what_is_meant_for_the_bot(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT, reads_all=False)
    chat_id = sandbox.add_chat(BOT)
    mine = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="I am a bot")["message_id"]
    other = sandbox.say(chat_id, "small talk")
    sandbox.say(chat_id, "@bot100001_bot what now?")
    sandbox.say(chat_id, "@bot100009_bot what now?")
    sandbox.say(chat_id, "/about")
    sandbox.say(chat_id, "/about@bot100009_bot")
    sandbox.say(chat_id, "to you", reply_to_message_id=mine)
    sandbox.say(chat_id, "to someone else", reply_to_message_id=other)
    sandbox.say(chat_id, "hey you", entities=[{"type": "text_mention", "offset": 4, "length": 3, "user_id": BOT}])
    assert sandbox.texts(BOT) == ["@bot100001_bot what now?", "/about", "to you", "hey you"]


def test_a_change_of_privacy_mode_needs_the_bot_to_join_again(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT, reads_all=False)
    chat_id = sandbox.add_chat(BOT)
    sandbox.add_bot(BOT, reads_all=True)
    assert sandbox.result(BOT, "getMe")["can_read_all_group_messages"] is True
    sandbox.say(chat_id, "unread")
    assert sandbox.texts(BOT) == []
    sandbox.control("DELETE", f"/chats/{chat_id}/members/{BOT}")
    sandbox.control("POST", f"/chats/{chat_id}/members", {"user_id": BOT})
    sandbox.say(chat_id, "read")
    assert sandbox.texts(BOT) == ["read"]


def test_joining_and_being_kicked_are_told(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    chat_id = sandbox.control("POST", "/chats", {"title": "Room"})["id"]
    sandbox.control("POST", f"/chats/{chat_id}/members", {"user_id": BOT})
    joined, service = sandbox.drain(BOT)
    assert joined["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["id"] == BOT
    sandbox.control("DELETE", f"/chats/{chat_id}/members/{BOT}", **{"as": "kicked"})
    (kicked,) = sandbox.drain(BOT)
    assert kicked["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    sandbox.say(chat_id, "gone?")
    assert sandbox.drain(BOT) == []


def test_an_edit_arrives(sandbox: Sandbox, chat_id: int) -> None:
    message_id = sandbox.say(chat_id, "tpyo")
    sandbox.control("PATCH", f"/chats/{chat_id}/messages/{message_id}", {"text": "typo"})
    sent, edited = sandbox.poll(BOT)
    assert sent["message"]["text"] == "tpyo"
    assert (edited["edited_message"]["text"], edited["edited_message"]["message_id"]) == ("typo", message_id)


def test_reactions_and_members_arrive_only_on_request_and_for_administrators(sandbox: Sandbox) -> None:
    kinds = ["message_reaction", "chat_member"]
    for bot_id in (BOT, OTHER):
        sandbox.add_bot(bot_id)
        sandbox.poll(bot_id, allowed_updates=kinds)
    chat_id = sandbox.add_chat(BOT, OTHER)
    sandbox.control("POST", f"/chats/{chat_id}/members", {"user_id": BOT, "status": "administrator"})
    message_id = sandbox.say(chat_id, "nice", sender="Grace")
    reaction = {"from": {"first_name": "Grace"}, "emoji": "👍"}
    sandbox.control("POST", f"/chats/{chat_id}/messages/{message_id}/reaction", reaction)
    member, reacted = sandbox.poll(BOT)
    assert member["chat_member"]["new_chat_member"]["user"]["first_name"] == "Grace"
    assert reacted["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert sandbox.poll(OTHER) == []
    sandbox.poll(BOT, offset=reacted["update_id"] + 1, allowed_updates=[])
    sandbox.control("POST", f"/chats/{chat_id}/messages/{message_id}/reaction", {**reaction, "emoji": None})
    sandbox.say(chat_id, "default again")
    assert ["message" in update for update in sandbox.poll(BOT)] == [True]


def test_migration_tells_both_ids(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    group = sandbox.add_chat(BOT, kind="group")
    supergroup = sandbox.control("POST", f"/chats/{group}/migrate")["id"]
    old, new = sandbox.poll(BOT)
    assert (old["message"]["chat"]["id"], old["message"]["migrate_to_chat_id"]) == (group, supergroup)
    assert (new["message"]["chat"]["id"], new["message"]["migrate_from_chat_id"]) == (supergroup, group)
    assert str(supergroup).startswith("-100")


def test_updates_are_forgotten_after_a_day(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.say(chat_id, "yesterday")
    sandbox.clock.advance(25 * 3600)
    sandbox.say(chat_id, "today")
    assert sandbox.texts(BOT) == ["today"]


@pytest.mark.parametrize("allowed", ["message", '["message"', "[1]"])
def test_malformed_allowed_updates_are_refused(sandbox: Sandbox, chat_id: int, allowed: str) -> None:
    code, error = sandbox.error(BOT, "getUpdates", allowed_updates=allowed)
    assert code == 400
    assert "allowed updates" in error


def test_two_hundred_bots_poll_while_people_talk(sandbox: Sandbox) -> None:
    bots = [sandbox.add_bot(200000 + i) for i in range(200)]
    chats = [sandbox.control("POST", "/chats", {"title": f"Room {i}"})["id"] for i in range(20)]
    for i, bot_id in enumerate(bots):
        sandbox.control("POST", f"/chats/{chats[i % 20]}/members", {"user_id": bot_id})
    polls = [Background(lambda bot_id=bot_id: _read_until_goodbye(sandbox, bot_id)) for bot_id in bots]  # type: ignore[misc]
    started = time.monotonic()
    for i in range(200):
        sandbox.say(chats[i % 20], f"line {i}")
    for chat_id in chats:
        sandbox.say(chat_id, "goodbye")
    spoken = time.monotonic() - started
    assert [poll.finish() for poll in polls] == [10] * 200
    assert spoken < patience(30)


def _read_until_goodbye(sandbox: Sandbox, bot_id: int) -> int:
    seen, offset = 0, 0
    client = Sandbox(sandbox.ports, sandbox.journal)
    try:
        while True:
            for update in client.poll(bot_id, offset=offset, timeout=20):
                offset = update["update_id"] + 1
                text = update.get("message", {}).get("text", "")
                if text == "goodbye":
                    return seen
                seen += text.startswith("line ")
    finally:
        client.close()


def test_tokens_of_polls_are_not_in_the_journal(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.say(chat_id, "x")
    sandbox.drain(BOT)
    (delivered,) = [line for line in sandbox.events("update_delivered") if line["kind"] == "message"][-1:]
    assert (delivered["bot_id"], delivered["via"]) == (BOT, "poll")
    assert token_of(BOT) not in sandbox.journal.read_text()
