"""The doors of Telegram: webhooks, long polling, and the inbox behind both."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select

from app.models import Message
from app.services.ingest.inbox import ingest, store_updates
from tests.builders import fetch, make_update
from tests.fuzz.house import HEADER, House, watched
from tests.fuzz.strategies import plain, raw_json, spoiled, write_json

CHAT = {"id": -1001000000001, "type": "supergroup", "title": "Markets"}
GRACE = {"id": 555, "first_name": "Grace", "last_name": "H", "username": "grace", "is_bot": False}
SAID = {"message_id": 42, "date": 1_790_000_000, "chat": CHAT, "from": GRACE, "text": "Ada, hello"}
UPDATES: tuple[dict[str, Any], ...] = (
    {"message": SAID},
    {
        "message": {
            **SAID,
            "reply_to_message": {**SAID, "message_id": 41},
            "message_thread_id": 7,
            "is_topic_message": True,
        }
    },
    {"message": {**SAID, "text": "/about@ada_bot", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}},
    {"message": {**SAID, "sender_chat": {"id": -100777, "title": "Channel", "type": "channel"}}},
    {"message": {"message_id": 43, "date": 1, "chat": CHAT, "from": GRACE, "new_chat_members": [GRACE]}},
    {"message": {"message_id": 44, "date": 1, "chat": CHAT, "from": GRACE, "left_chat_member": GRACE}},
    {
        "message": {
            "message_id": 45,
            "date": 1,
            "chat": {**CHAT, "id": -5, "type": "group"},
            "migrate_to_chat_id": -1001000000002,
        }
    },
    {"edited_message": {**SAID, "edit_date": 1_790_000_001}},
    {
        "my_chat_member": {
            "chat": CHAT,
            "from": GRACE,
            "date": 1,
            "new_chat_member": {"status": "restricted", "user": GRACE},
        }
    },
)
updates = spoiled(st.sampled_from(UPDATES))
batches = st.lists(updates, min_size=1, max_size=4)
bodies = st.one_of(updates.map(write_json), raw_json)


def hear(house: House, said: list[Any]) -> None:
    """Stores spoiled updates between two good ones: both good ones become messages, whatever stands between them."""
    house.empty_inbox()
    first, last = next(house.numbers), next(house.numbers)
    good = [make_update(number, house.chat, number, f"text {number}") for number in (first, last)]
    odd = [plain(_placed(house, update)) for update in said]
    kept = [update | {"update_id": next(house.numbers)} for update in odd if isinstance(update, dict)]
    with watched(said):
        store_updates(house.ingest, house.bot.id, [good[0], *kept, good[1]])
        ingest(house.ingest)
    _assert_heard(house, first, last)


def deliver(house: House, body: bytes) -> None:
    """Posts a spoiled body to the webhook between two good updates: Telegram gets an answer, and both are heard."""
    house.empty_inbox()
    first, last = next(house.numbers), next(house.numbers)
    client, path = house.app.test_client(), f"/telegram/{house.bot.public_id}"

    def post(raw: bytes) -> int:
        return client.post(path, data=raw, headers={HEADER: house.secret}).status_code

    with watched(body):
        assert post(write_json(make_update(first, house.chat, first, f"text {first}"))) == 200
        assert post(body) in (200, 400, 413), body
        assert post(write_json(make_update(last, house.chat, last, f"text {last}"))) == 200
        ingest(house.ingest)
    _assert_heard(house, first, last)


def _assert_heard(house: House, *numbers: int) -> None:
    heard = fetch(
        house.runtime.sessions, select(Message.telegram_message_id).where(Message.telegram_message_id.in_(numbers))
    )
    assert sorted(heard) == sorted(numbers), "a good message was lost beside a spoiled one"


def _placed(house: House, update: Any) -> Any:
    """The update in the house's own chat, unless its chat was spoiled."""
    update = copy.deepcopy(update)
    for part in update.values() if isinstance(update, dict) else ():
        chat = part.get("chat") if isinstance(part, dict) else None
        if isinstance(chat, dict) and chat.get("id") == CHAT["id"]:
            chat["id"] = house.chat.telegram_chat_id
    return update
