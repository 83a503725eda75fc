"""Memberships: joins and leaves, groups that became supergroups."""

from __future__ import annotations

from functools import lru_cache

import structlog

from app.domain.ingest.updates import (
    GroupMigrated,
    MembersChanged,
    OwnMembershipChanged,
)
from app.repositories.fleet import chat_migration
from app.repositories.ingest import store
from app.services.ingest.batch import UpdateBatch

STATUS_REASONS = {
    "muted": "An admin of the group does not let this bot write.",
    "kicked": "The bot was removed from the group: add it again in Telegram.",
    "left": "The bot left the group.",
}
BASIC_GROUP = "turn the chat history for new members on in the group's settings: Telegram then makes it a supergroup"

log = structlog.get_logger()


def follow_places(batch: UpdateBatch) -> None:
    """Updates memberships from joins and leaves of people and bots, and migrates groups that became supergroups."""
    for update, received in batch.in_order():
        if isinstance(received, OwnMembershipChanged):
            place = (received.telegram_chat_id, received.title, received.status)
            reason = STATUS_REASONS.get(received.status)
            store.set_membership(batch.session, update.bot_id, *place, reason, received.is_admin)
        elif isinstance(received, MembersChanged):
            store.move_members(batch.session, received.telegram_chat_id, received.telegram_user_ids, received.present)
        elif isinstance(received, GroupMigrated):
            chat_migration.follow_migration(batch.session, received.old_telegram_chat_id, received.telegram_chat_id)
            store.add_member(batch.session, update.bot_id, received.telegram_chat_id, received.title)
    for received in batch.received.values():
        if received.outcome == "basic_group" and received.telegram_chat_id is not None:
            _warn_of_basic_group(received.telegram_chat_id)


@lru_cache(maxsize=1000)
def _warn_of_basic_group(telegram_chat_id: int) -> None:
    """Logs a warning once per group and process."""
    log.warning("basic_group", chat=telegram_chat_id, fix=BASIC_GROUP)
