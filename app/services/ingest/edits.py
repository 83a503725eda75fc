"""Edits of stored messages."""

from __future__ import annotations

import datetime as dt

from app.domain.analysis.reading import analyse
from app.domain.ingest.updates import (
    MessageEdited,
)
from app.repositories.ingest import inbox, store
from app.repositories.ingest.store import Edit, KnownChat
from app.services.ingest.batch import UpdateBatch

EDIT_WAIT_S = 1.0
EDIT_ATTEMPTS = 3
"""An edit may arrive before its message; one of a message from before we joined never finds it."""


def follow_edits(batch: UpdateBatch) -> None:
    """Applies edits; of every bot's copies the newest counts. One whose message is not stored yet is retried."""
    edits: dict[int, Edit] = {}
    for update, received in batch.in_order():
        if not isinstance(received, MessageEdited):
            continue
        if received.telegram_chat_id not in batch.chats:
            batch.outcomes[update.id] = "unknown_chat"
        elif received.text:
            edits[update.id] = _edit(received, batch.chats[received.telegram_chat_id], batch.now)
    known = store.edit_messages(batch.session, list(edits.values())) if edits else set()
    early = [number for number, edit in edits.items() if (edit.chat_id, edit.telegram_message_id) not in known]
    for number in early:
        del batch.outcomes[number]
    if early:
        until = batch.now + dt.timedelta(seconds=EDIT_WAIT_S)
        inbox.delay(batch.session, early, until, EDIT_ATTEMPTS, "edited_unknown")


def _edit(received: MessageEdited, chat: KnownChat, now: dt.datetime) -> Edit:
    return Edit(
        chat_id=chat.id,
        telegram_message_id=received.telegram_message_id,
        text=received.text,
        edited_at=received.edited_at or now,
        facts=analyse(received.text, chat.vocabulary),
    )
