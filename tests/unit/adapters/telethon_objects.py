"""Real Telethon objects, made by hand, and what the listener's translation makes of them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from telethon.tl import types

from app.adapters.telegram.mtproto import translate
from app.domain.ingest.updates import (
    parse_update,
)

ME, GRACE, BOB = 700001, 555, 556
CHANNEL, MARK = 1234567890, -1001234567890
GROUP = 4242
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(seconds=30)
ROOM = types.PeerChannel(CHANNEL)

ENTITIES = {
    ME: types.User(ME, is_self=True, bot=True, first_name="Ada", username="ada_bot"),
    GRACE: types.User(GRACE, first_name="Grace", last_name="Hopper", username="grace"),
    BOB: types.User(BOB, first_name="Bob", usernames=[types.Username("old"), types.Username("bob", active=True)]),
    MARK: types.Channel(CHANNEL, "Markets", types.ChatPhotoEmpty(), NOW, megagroup=True),
    -GROUP: types.Chat(GROUP, "Old markets", types.ChatPhotoEmpty(), 3, NOW, 1),
}


def message(text: str = "Rates again?", **fields: Any) -> types.Message:
    return types.Message(
        **{"id": 31, "peer_id": ROOM, "date": NOW, "from_id": types.PeerUser(GRACE), "message": text} | fields
    )


def service(action: Any, **fields: Any) -> types.MessageService:
    known = {"id": 32, "peer_id": ROOM, "date": NOW, "from_id": types.PeerUser(GRACE), "action": action}
    return types.MessageService(**known | fields)


def bring(update: Any) -> Any:
    """What Telethon makes of an update: its entities attached."""
    update._entities = ENTITIES
    return update


def new(found: Any) -> dict[str, Any]:
    told = translate(bring(types.UpdateNewChannelMessage(found, pts=10, pts_count=1)), ME)
    assert told is not None
    assert json.loads(json.dumps(told)) == told
    return told


def edited(found: Any) -> dict[str, Any] | None:
    return translate(bring(types.UpdateEditChannelMessage(found, pts=11, pts_count=1)), ME)


def event_of(builder: Any, update: Any) -> Any:
    """An event object as Telethon's dispatcher builds it."""
    event = builder.build(bring(update), None, ME)
    event.original_update = update
    event._entities = update._entities
    return event


def member(new_participant: Any, *, user_id: int = ME, qts: int = 5, date: dt.datetime = NOW) -> dict[str, Any] | None:
    update = types.UpdateChannelParticipant(
        CHANNEL, date, GRACE, user_id, qts, prev_participant=None, new_participant=new_participant
    )
    return translate(bring(update), ME)


def joined(participant: Any) -> Any:
    told = member(participant)
    assert told is not None
    return parse_update(told)


def banned(left: bool = False, **rights: bool) -> types.ChannelParticipantBanned:
    return types.ChannelParticipantBanned(types.PeerUser(ME), GRACE, NOW, types.ChatBannedRights(None, **rights), left)
