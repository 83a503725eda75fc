"""Telethon's own objects through the whole way in: they are stored, answered and settled as the Bot API's are."""

from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy import select
from telethon.tl import types

from app.adapters.telegram.listener import Listener
from app.domain.ports import ListenedBot
from app.models import InboxUpdate, Membership, Mention, Message
from app.services.ingest.inbox import ingest
from app.services.ingest.listening import ListenService
from tests.builders import NOW, fetch, make_update, make_utterance, refetch
from tests.fakes import PlainVault
from tests.integration.pipeline.test_ingest import outcomes, receive, texts

GRACE = 555


def said(chat, text, *, sender=GRACE, number=42, **fields):
    known = {"peer_id": types.PeerChannel(channel_of(chat)), "from_id": types.PeerUser(sender), "date": NOW}
    return types.Message(id=number, message=text, **known | fields)


def channel_of(chat):
    return -chat.telegram_chat_id - 1_000_000_000_000


def bring(pipeline, bot, chat, *updates):
    """What a connection of the bot hands over; then everything is processed."""
    room = types.Channel(channel_of(chat), chat.title, types.ChatPhotoEmpty(), NOW, megagroup=True)
    entities = {chat.telegram_chat_id: room, GRACE: types.User(GRACE, first_name="Grace", username="grace")}
    for update in updates:
        update._entities = entities
    service = ListenService(pipeline.ingest, PlainVault(), "test")
    heard = ListenedBot(bot.id, bot.telegram_user_id, "token", None)
    asyncio.run(Listener(lambda _: None, service)._take(heard, updates))
    ingest(pipeline.ingest)


def new(message):
    return types.UpdateNewChannelMessage(message, pts=1, pts_count=1)


def test_a_message_that_both_apis_bring_is_stored_once_and_one_that_comes_twice_too(pipeline, bot, chat):
    bring(pipeline, bot, chat, new(said(chat, "rates?")))
    bring(pipeline, bot, chat, new(said(chat, "rates?")))
    receive(pipeline, bot, make_update(1, chat, 42, "rates?"))

    assert texts(pipeline) == ["rates?"]
    assert len(fetch(pipeline.sessions, select(InboxUpdate.id).where(InboxUpdate.update_id < 0))) == 1


def test_a_mention_makes_an_urgent_tick(pipeline, bot, chat):
    bring(pipeline, bot, chat, new(said(chat, f"@{bot.username} rates?")))

    assert fetch(pipeline.sessions, select(Mention.bot_id)) == [bot.id]
    assert [tick.bot_id for tick in pipeline.queue.urgent] == [bot.id]


def test_the_echo_of_our_own_message_settles_a_send_nobody_knew_the_end_of(pipeline, bot, chat):
    lost = make_utterance(pipeline.sessions, bot, chat, "unknown", text="Rates fell.")
    bring(pipeline, bot, chat, new(said(chat, "Rates fell.", sender=bot.telegram_user_id, number=77, out=True)))

    settled = refetch(pipeline.sessions, lost)
    assert (settled.state, settled.telegram_message_id) == ("sent", 77)
    assert pipeline.queue.urgent == []


def test_an_edit_changes_the_stored_text(pipeline, bot, chat):
    changed = said(chat, "rates, now?", edit_date=NOW + dt.timedelta(seconds=9))
    edit = types.UpdateEditChannelMessage(changed, pts=2, pts_count=1)
    bring(pipeline, bot, chat, new(said(chat, "rates?")), edit)

    assert texts(pipeline) == ["rates, now?"]


def test_a_topic_and_a_reply_in_it_are_stored(pipeline, bot, chat):
    header = types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=9, reply_to_top_id=7)
    bring(pipeline, bot, chat, new(said(chat, "rates?", reply_to=header)))

    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.thread_id, message.reply_to_message_id) == (7, 9)


def test_a_bot_that_is_muted_loses_its_place_and_gets_it_back(pipeline, bot, chat):
    def place(participant, qts):
        return types.UpdateChannelParticipant(
            channel_of(chat), NOW, GRACE, bot.telegram_user_id, qts, new_participant=participant
        )

    rights = types.ChatBannedRights(None, send_messages=True)
    muted = types.ChannelParticipantBanned(types.PeerUser(bot.telegram_user_id), GRACE, NOW, rights)
    bring(pipeline, bot, chat, place(muted, 5))
    assert fetch(pipeline.sessions, select(Membership.status)) == ["muted"]
    bring(pipeline, bot, chat, place(types.ChannelParticipantSelf(bot.telegram_user_id, GRACE, NOW), 6))
    assert fetch(pipeline.sessions, select(Membership.status)) == ["active"]


def test_what_cannot_be_read_is_kept_and_counted_as_unknown(pipeline, bot, chat):
    bring(pipeline, bot, chat, new(said(chat, "odd", date=None)))

    assert outcomes(pipeline) == ["unknown:mtproto"]
