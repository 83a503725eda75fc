"""Real Telethon objects of every kind, read by the same parser as the Bot API's updates."""

from __future__ import annotations

from typing import Any

import pytest
from telethon import events
from telethon.tl import types

from app.adapters.telegram.mtproto import number_of, translate
from app.domain.ingest.updates import (
    GroupMigrated,
    IgnoredUpdate,
    MembersChanged,
    MessageEdited,
    MessageReceived,
    OwnMembershipChanged,
    message_key,
    parse_update,
)
from tests.unit.adapters.telethon_objects import (
    BOB,
    CHANNEL,
    ENTITIES,
    GRACE,
    GROUP,
    LATER,
    MARK,
    ME,
    NOW,
    ROOM,
    banned,
    bring,
    edited,
    event_of,
    joined,
    member,
    message,
    new,
    service,
)


def test_a_persons_message_reads_as_the_bot_apis_does() -> None:
    assert parse_update(new(message())) == MessageReceived(
        telegram_chat_id=MARK,
        telegram_message_id=31,
        telegram_user_id=GRACE,
        username="grace",
        display_name="Grace Hopper",
        text="Rates again?",
        sent_at=NOW,
        reply_to=None,
        thread_id=None,
    )


def test_a_message_is_known_as_a_copy_of_what_the_bot_api_brings() -> None:
    assert message_key(new(message())) == (MARK, 31)


@pytest.mark.parametrize("builder", [events.NewMessage, events.Raw])
def test_an_event_object_tells_what_its_update_tells(builder: Any) -> None:
    update = types.UpdateNewChannelMessage(message(), pts=10, pts_count=1)
    event = event_of(builder, update) if builder is not events.Raw else bring(update)

    assert translate(event, ME) == new(message())


def test_an_edit_event_is_the_new_text_at_its_time() -> None:
    update = types.UpdateEditChannelMessage(message("Rates, again!", edit_date=LATER), pts=11, pts_count=1)
    told = translate(event_of(events.MessageEdited, update), ME)

    assert told is not None
    assert parse_update(told) == MessageEdited(MARK, 31, "Rates, again!", LATER)


@pytest.mark.parametrize("fields", [{"edit_date": LATER, "edit_hide": True}, {"edit_date": None}])
def test_an_edit_that_nobody_made_tells_nothing(fields: dict[str, Any]) -> None:
    assert edited(message(**fields)) is None


def test_a_chat_action_event_is_a_join() -> None:
    update = types.UpdateNewChannelMessage(service(types.MessageActionChatAddUser([BOB, ME])), pts=1, pts_count=1)
    told = translate(event_of(events.ChatAction, update), ME)

    assert told is not None
    assert parse_update(told) == MembersChanged(MARK, (BOB, ME), True, "joined")
    assert told["message"]["new_chat_members"][0]["username"] == "bob"


@pytest.mark.parametrize("action", [types.MessageActionChatJoinedByLink(ME), types.MessageActionChatJoinedByRequest()])
def test_who_joins_by_a_link_or_a_request_is_the_author(action: Any) -> None:
    assert parse_update(new(service(action))) == MembersChanged(MARK, (GRACE,), True, "joined")


def test_who_leaves_is_told() -> None:
    told = new(service(types.MessageActionChatDeleteUser(BOB)))
    assert parse_update(told) == MembersChanged(MARK, (BOB,), False, "left")


def test_a_migration_is_told_by_both_ends() -> None:
    away = service(types.MessageActionChatMigrateTo(CHANNEL), peer_id=types.PeerChat(GROUP))
    told = translate(bring(types.UpdateNewMessage(away, pts=1, pts_count=1)), ME)
    here = new(service(types.MessageActionChannelMigrateFrom("Old markets", GROUP)))

    assert told is not None
    assert parse_update(told) == GroupMigrated(MARK, -GROUP, "Old markets")
    assert parse_update(here) == GroupMigrated(MARK, -GROUP, "Markets")


def test_a_service_message_without_use_is_no_text() -> None:
    assert parse_update(new(service(types.MessageActionChatEditTitle("Other")))) == IgnoredUpdate("no_text")


def test_a_caption_is_read_and_a_preview_is_none() -> None:
    caption = new(message("Look", media=types.MessageMediaPhoto()))
    preview = new(message("Look", media=types.MessageMediaWebPage(types.WebPageEmpty(1))))

    assert caption["message"]["caption"] == preview["message"]["text"] == "Look"
    assert getattr(parse_update(caption), "text", None) == "Look"


def test_a_reply_names_its_message() -> None:
    told = parse_update(new(message(reply_to=types.MessageReplyHeader(reply_to_msg_id=7))))
    assert isinstance(told, MessageReceived)
    assert (told.reply_to, told.thread_id) == (7, None)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=3), (None, 3)),
        (types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=7, reply_to_top_id=3), (7, 3)),
        (types.MessageReplyHeader(reply_to_msg_id=7, reply_to_top_id=3), (7, None)),
        (types.MessageReplyHeader(reply_to_msg_id=7, reply_to_peer_id=types.PeerChannel(1)), (None, None)),
        (types.MessageReplyStoryHeader(types.PeerUser(GRACE), 1), (None, None)),
    ],
)
def test_a_topic_is_no_reply_and_a_reply_in_a_topic_is_both(header: Any, wanted: tuple[Any, Any]) -> None:
    told = parse_update(new(message(reply_to=header)))
    assert isinstance(told, MessageReceived)
    assert (told.reply_to, told.thread_id) == wanted


def test_our_own_message_comes_back_as_a_bots() -> None:
    told = parse_update(new(message("Indeed.", from_id=types.PeerUser(ME), out=True)))
    assert isinstance(told, MessageReceived)
    assert (told.telegram_user_id, told.from_bot, told.text) == (ME, True, "Indeed.")


def test_an_anonymous_admin_speaks_for_the_group_and_a_channel_for_itself() -> None:
    other = types.PeerChannel(77)
    told = [parse_update(new(message(from_id=peer))) for peer in (None, other)]

    assert all(isinstance(one, MessageReceived) and not one.from_bot for one in told)
    assert [one.display_name for one in told if isinstance(one, MessageReceived)] == ["Markets", "someone"]


def test_a_channel_speaks_for_itself_and_its_own_post_comes_by_itself() -> None:
    news = types.Channel(77, "News", types.ChatPhotoEmpty(), NOW, broadcast=True, username="news")
    peer = types.PeerChannel(77)
    came = types.MessageFwdHeader(NOW, from_id=peer, channel_post=5, saved_from_peer=peer, saved_from_msg_id=5)
    shared = types.MessageFwdHeader(NOW, from_id=types.PeerChannel(78), channel_post=5, saved_from_peer=peer)
    wires = [new(message(from_id=peer, fwd_from=header)) for header in (None, shared, came)]
    update = bring(types.UpdateNewChannelMessage(message(from_id=peer, fwd_from=came), pts=1, pts_count=1))
    update._entities = {**ENTITIES, -1_000_000_000_077: news}
    told = [parse_update(wire) for wire in (*wires, translate(update, ME))]
    assert [(one.telegram_user_id, one.is_post, one.from_bot) for one in told if isinstance(one, MessageReceived)] == [
        (-1_000_000_000_077, False, False),
        (-1_000_000_000_077, False, False),
        (-1_000_000_000_077, True, False),
        (-1_000_000_000_077, True, False),
    ]
    assert isinstance(told[3], MessageReceived)
    assert (told[3].display_name, told[3].username) == ("News", "news")


def test_entities_keep_their_places() -> None:
    marks = [
        types.MessageEntityMention(0, 8),
        types.MessageEntityMentionName(9, 3, BOB),
        types.MessageEntityTextUrl(13, 4, "https://example.com"),
        types.MessageEntityBankCard(13, 4),
        types.MessageEntityBotCommand(18, 6),
    ]
    found = new(message("@ada_bot Bob link /about", entities=marks))["message"]["entities"]

    assert [item["type"] for item in found] == ["mention", "text_mention", "text_link", "bot_command"]
    assert found[1]["user"]["first_name"] == "Bob"
    assert (found[2]["url"], found[3]["offset"]) == ("https://example.com", 18)


@pytest.mark.parametrize(
    ("participant", "status", "is_admin"),
    [
        (types.ChannelParticipantSelf(ME, GRACE, NOW), "active", False),
        (types.ChannelParticipant(ME, NOW), "active", False),
        (types.ChannelParticipantAdmin(ME, GRACE, NOW, types.ChatAdminRights()), "active", True),
        (types.ChannelParticipantCreator(ME, types.ChatAdminRights()), "active", True),
        (types.ChannelParticipantLeft(types.PeerUser(ME)), "left", False),
        (None, "left", False),
        (banned(view_messages=True), "kicked", False),
        (banned(send_messages=True), "muted", False),
        (banned(send_plain=True), "muted", False),
        (banned(send_media=True), "active", False),
        (banned(left=True, send_messages=True), "left", False),
    ],
)
def test_the_bots_own_place_is_told(participant: Any, status: str, is_admin: bool) -> None:
    assert joined(participant) == OwnMembershipChanged(MARK, "Markets", status, is_admin)


def test_other_peoples_places_are_told_by_service_messages() -> None:
    assert member(types.ChannelParticipantLeft(types.PeerUser(BOB)), user_id=BOB) is None


def test_a_place_in_an_unknown_chat_renames_nothing() -> None:
    update = types.UpdateChannelParticipant(99, NOW, GRACE, ME, 5, None, types.ChannelParticipantSelf(ME, GRACE, NOW))
    told = translate(update, ME)

    assert told is not None
    assert parse_update(told) == IgnoredUpdate("malformed:title")


def test_a_basic_group_is_told_as_one() -> None:
    place = types.UpdateChatParticipant(GROUP, NOW, GRACE, ME, 5, None, types.ChatParticipant(ME, GRACE, NOW))
    said = types.UpdateNewMessage(message(peer_id=types.PeerChat(GROUP)), pts=1, pts_count=1)

    for update in (place, said):
        told = translate(bring(update), ME)
        assert told is not None
        assert parse_update(told) == IgnoredUpdate("basic_group", -GROUP)


@pytest.mark.parametrize(("stopped", "status"), [(True, "kicked"), (False, "member")])
def test_who_stops_the_bot_is_told_for_the_private_chat(stopped: bool, status: str) -> None:
    told = translate(bring(types.UpdateBotStopped(GRACE, NOW, stopped, 6)), ME)

    assert told is not None
    assert told["my_chat_member"]["new_chat_member"]["status"] == status
    assert parse_update(told) == IgnoredUpdate("not_a_supergroup:private")


@pytest.mark.parametrize(
    "update",
    [
        types.UpdateUserTyping(GRACE, types.SendMessageTypingAction()),
        types.UpdateNewChannelMessage(types.MessageEmpty(5, peer_id=ROOM), pts=1, pts_count=1),
        types.UpdateDeleteChannelMessages(CHANNEL, [1], 1, 1),
    ],
)
def test_what_the_bot_api_does_not_tell_is_left_out(update: Any) -> None:
    assert translate(bring(update), ME) is None


def test_the_same_event_has_the_same_number_even_when_it_is_fetched_again_without_pts() -> None:
    again = translate(bring(types.UpdateNewChannelMessage(message(), pts=0, pts_count=0)), ME)
    assert again is not None
    assert again["update_id"] == new(message())["update_id"]


def test_different_events_have_different_negative_numbers() -> None:
    told = [
        new(message()),
        new(message(id=33)),
        edited(message("a", edit_date=LATER)),
        edited(message("b", edit_date=LATER)),
        member(None),
        member(None, qts=6),
        translate(bring(types.UpdateBotStopped(GRACE, NOW, True, 6)), ME),
    ]
    numbers = [one["update_id"] for one in told if one]

    assert len(set(numbers)) == len(told)
    assert all(-(2**63) <= number < 0 for number in numbers)


def test_a_number_is_the_same_in_every_process() -> None:
    assert number_of("message", MARK, 31) == -1470953936907346511
