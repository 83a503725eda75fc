"""Who speaks: channels, their posts in discussion groups, and anonymous admins, each as somebody of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.models import ForgetRequest, Mention, Message, Mute, Person
from tests.builders import fetch, make_chat
from tests.integration.pipeline.group import GRACE, make_group

CHANNEL = {"id": 136817688, "first_name": "Channel", "is_bot": True, "username": "Channel_Bot"}
ADMIN = {"id": 1087968824, "first_name": "Group", "is_bot": True, "username": "GroupAnonymousBot"}
TELEGRAM = {"id": 777000, "first_name": "Telegram", "is_bot": False}
NEWS = {"id": -1001000000077, "type": "channel", "title": "News", "username": "news"}
JAZZ = {"id": -1001000000078, "type": "channel", "title": "Jazz"}


@pytest.fixture
def group(pipeline):
    return make_group(pipeline)


def people(pipeline):
    with pipeline.sessions() as session:
        rows = session.execute(select(Person.telegram_user_id, Person.username, Person.display_name))
        return {number: (username, name) for number, username, name in rows}


def called(pipeline):
    statement = select(Message.text).join(Mention, Mention.message_id == Message.id)
    return set(fetch(pipeline.sessions, statement.where(Mention.status == "pending")))


def test_one_channels_mute_mutes_no_other_and_it_can_be_forgotten(pipeline, group):
    group.say("/mute", CHANNEL, sender_chat=NEWS)
    group.say("Ada, do you hear me?", CHANNEL, sender_chat=NEWS)
    group.say("Ada, and me?", CHANNEL, sender_chat=JAZZ)
    group.say("Ada, or me?", GRACE)
    assert called(pipeline) == {"Ada, and me?", "Ada, or me?"}
    assert people(pipeline) == {
        NEWS["id"]: ("news", "News"),
        JAZZ["id"]: (None, "Jazz"),
        GRACE["id"]: ("grace", "Grace"),
    }
    group.say("/unmute", CHANNEL, sender_chat=NEWS)
    group.say("/forgetme", CHANNEL, sender_chat=JAZZ)
    group.say("Ada, hear me again", CHANNEL, sender_chat=NEWS)
    assert called(pipeline) == {"Ada, or me?", "Ada, hear me again"}
    assert fetch(pipeline.sessions, select(ForgetRequest.telegram_user_id)) == [JAZZ["id"]]


def test_anonymous_admins_of_two_groups_keep_their_groups_names_and_mute_nobody(pipeline, group):
    other = make_chat(pipeline.sessions, *group.bots, title="Gardening")
    for number, chat in enumerate((group.chat, other, group.chat)):
        title = {"id": chat.telegram_chat_id, "type": "supergroup", "title": chat.title}
        group.say(f"one of us said {number}", ADMIN, chat=chat, sender_chat=title, author_signature=f"Owner {number}")
        group.say("/mute", ADMIN, chat=chat, sender_chat=title)
    assert people(pipeline) == {
        group.chat.telegram_chat_id: (None, "Markets"),
        other.telegram_chat_id: (None, "Gardening"),
    }
    assert fetch(pipeline.sessions, select(Mute)) == []
    assert {words.split(",")[0] for _, words, _ in group.read()} == {"You write in the name of a group or a channel"}


def test_a_channels_post_is_the_channels_may_be_talked_about_and_commands_nothing(pipeline, group):
    post = {"sender_chat": NEWS, "is_automatic_forward": True}
    for words in ("/mute", "/forgetme", f"/about@{group.bots[0].username}"):
        group.say(words, TELEGRAM, **post)
    number = group.say("Rates fell again today.", TELEGRAM, **post)
    group.say("Ada, what of this?", GRACE, reply_to_message={"message_id": number, "from": TELEGRAM, **post})
    group.say("Ada, is it us?", CHANNEL, sender_chat=NEWS)
    assert fetch(pipeline.sessions, select(Mute)) == fetch(pipeline.sessions, select(ForgetRequest)) == []
    assert people(pipeline)[NEWS["id"]] == ("news", "News")
    assert fetch(pipeline.sessions, select(Message.is_command)) == [False] * 6
    assert called(pipeline) == {"Ada, what of this?", "Ada, is it us?"}
    assert group.read() == []


def test_a_name_stays_when_a_message_brings_none(pipeline, group):
    group.say("hello", CHANNEL, sender_chat=NEWS)
    group.say("again", CHANNEL, sender_chat={"id": NEWS["id"], "type": "channel"})
    assert people(pipeline) == {NEWS["id"]: ("news", "News")}
    group.say("renamed", CHANNEL, sender_chat={**NEWS, "title": "Newer"})
    assert people(pipeline) == {NEWS["id"]: ("news", "Newer")}
