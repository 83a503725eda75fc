"""Processing of updates: messages, whom they address, memberships, the ingest leader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.analysis.addressing import find_addressed
from app.domain.analysis.commands import FleetCommand, find_command, find_fleet_command
from app.domain.analysis.reading import analyse
from app.domain.ingest.leader import choose_leader
from app.domain.ingest.updates import (
    IgnoredUpdate,
    MessageReceived,
    Update,
    parse_update,
)
from app.domain.settings.book import SettingsBook
from app.repositories.ingest import inbox, mentions, store
from app.repositories.ingest.inbox import StoredUpdate
from app.repositories.ingest.mentions import NewMention
from app.repositories.ingest.store import KnownChat, NewMessage
from app.repositories.people import forget_requests
from app.repositories.utterances import outcomes
from app.services.ingest.batch import Processed, UpdateBatch
from app.services.ingest.edits import follow_edits
from app.services.ingest.places import follow_places
from app.services.people.commands import CommandCall, CommandResult, execute
from app.services.utterances.life import log_step

NUDGE_S = 8.0
LEADER_NOTED_EVERY_S = 5.0


log = structlog.get_logger()


def process_updates(
    session: Session, updates: Sequence[StoredUpdate], now: dt.datetime, settings: SettingsBook, operator: str = ""
) -> Processed:
    """Stores a batch of updates in a handful of statements, and marks each update with its outcome.

    `operator` is the installation's operator, named in answers to people.
    """
    received = _leave_out_forgotten(session, {update.id: parse_update(update.payload) for update in updates})
    batch = UpdateBatch(
        session, now, updates, received, {number: parsed.outcome for number, parsed in received.items()}, operator
    )
    follow_places(batch)
    batch.chats = store.known_chats(
        session, sorted({parsed.telegram_chat_id for parsed in received.values() if parsed.telegram_chat_id})
    )
    batch.ours = store.our_bots(session, _people_in(received.values()))
    bringers = _distinct(batch)
    processed = _store_messages(batch, bringers, settings) if bringers else Processed()
    follow_edits(batch)
    inbox.finish(session, batch.outcomes, now)
    for outcome in batch.outcomes.values():
        metrics.UPDATES.labels(outcome.partition(":")[0]).inc()
    return processed


def _leave_out_forgotten(session: Session, received: Mapping[int, Update]) -> dict[int, Update]:
    """Returns the updates with messages ignored whose authors asked to be forgotten after writing them."""
    writers = {one.telegram_user_id for one in received.values() if isinstance(one, MessageReceived)}
    until = forget_requests.said_before(session, writers) if writers else {}
    return {
        number: IgnoredUpdate("forgotten", one.telegram_chat_id)
        if isinstance(one, MessageReceived)
        and one.telegram_user_id in until
        and one.sent_at <= until[one.telegram_user_id]
        else one
        for number, one in received.items()
    }


def _people_in(received: Iterable[Update]) -> list[int]:
    said = [parsed for parsed in received if isinstance(parsed, MessageReceived)]
    quoted = [parsed.quoted.telegram_user_id for parsed in said if parsed.quoted]
    return sorted({*quoted, *(parsed.telegram_user_id for parsed in said)})


def _distinct(batch: UpdateBatch) -> dict[tuple[int, int], tuple[int, MessageReceived]]:
    """Returns people's messages of known chats, each once, with the receiving bot: the leader if it has a copy.

    Our own bots' messages settle unknown sends, and are not processed.
    """
    found: dict[tuple[int, int], tuple[int, MessageReceived]] = {}
    leaders = {chat.leader for chat in batch.chats.values()}
    for update in sorted(batch.updates, key=lambda update: update.bot_id not in leaders):
        received = batch.received[update.id]
        if not isinstance(received, MessageReceived):
            continue
        key = (received.telegram_chat_id, received.telegram_message_id)
        if received.telegram_chat_id not in batch.chats:
            batch.outcomes[update.id] = "unknown_chat"
        elif received.telegram_user_id in batch.ours:
            bot_id = batch.ours[received.telegram_user_id]
            batch.outcomes[update.id] = _recognise(batch, key, bot_id, received.text)
        elif received.from_bot:
            batch.outcomes[update.id] = "other_bot"
        elif key in found:
            batch.outcomes[update.id] = "duplicate"
        else:
            found[key] = (update.bot_id, received)
    return {key: found[key] for key in sorted(found)}


def _recognise(batch: UpdateBatch, key: tuple[int, int], bot_id: int, text: str) -> str:
    settled = outcomes.settle_unknown(batch.session, *key, bot_id, text, batch.now)
    if settled is None:
        return "own_message"
    log_step(batch.session, "sent", settled, bot=bot_id, message=key[1], reason="seen_in_chat")
    return "own_message_settled"


def _store_messages(
    batch: UpdateBatch, said: Mapping[tuple[int, int], tuple[int, MessageReceived]], settings: SettingsBook
) -> Processed:
    session, chats = batch.session, batch.chats
    people = {received.telegram_user_id: (received.username, received.display_name) for _, received in said.values()}
    store.upsert_people(session, people)
    added = store.insert_messages(
        session, [_new_message(received, chats[received.telegram_chat_id]) for _, received in said.values()]
    )
    fresh = [
        (bot_id, received)
        for bot_id, received in said.values()
        if (chats[received.telegram_chat_id].id, received.telegram_message_id) in added
    ]
    _elect_leaders(batch, fresh)
    replied = _find_answered(batch, [received for _, received in fresh])
    new: list[NewMention] = []
    given: list[CommandCall] = []
    for _, received in fresh:
        chat = chats[received.telegram_chat_id]
        message_id = added[chat.id, received.telegram_message_id]
        replied_bot = replied.get((chat.id, received.reply_to or 0))
        command = _find_command(received, chat, replied_bot)
        if command:
            given.append(_call(command, received, message_id, chat, batch.leaders.get(chat.id)))
            continue
        for bot_id in _find_addressed(received, chat, replied_bot):
            patience_s = settings.of(bot_id=bot_id, chat_id=chat.id).mention_patience_s
            new.append(NewMention(bot_id, message_id, received.sent_at, patience_s))
    result = execute(session, given, batch.now, batch.operator) if given else CommandResult()
    ticks = mentions.insert(session, new, batch.now, NUDGE_S) if new else []
    chat_ids = tuple(sorted({chat_id for chat_id, _ in added}))
    return Processed(tuple(ticks), chat_ids, result.answers, result.forgot)


def _call(
    command: FleetCommand, received: MessageReceived, message_id: int, chat: KnownChat, leader: int | None
) -> CommandCall:
    return CommandCall(
        command, message_id, received.telegram_user_id, received.sent_at, chat, leader, received.is_shared
    )


def _find_command(received: MessageReceived, chat: KnownChat, replied_bot: int | None) -> FleetCommand | None:
    """Returns the fleet command of a message. A channel's post gives none: nobody in the group said it."""
    if received.is_post:
        return None
    return find_fleet_command(
        received.text, chat.bots, is_reply=received.reply_to is not None, replied_to_bot=replied_bot
    )


def _elect_leaders(batch: UpdateBatch, fresh: Sequence[tuple[int, MessageReceived]]) -> None:
    bringers: dict[int, list[int]] = {}
    for bot_id, received in fresh:
        bringers.setdefault(received.telegram_chat_id, []).append(bot_id)
    for telegram_chat_id, brought in bringers.items():
        chat = batch.chats[telegram_chat_id]
        batch.leaders[chat.id] = choose_leader(chat.leader, chat.receivers, brought)
        if chat.leader is not None and batch.leaders[chat.id] != chat.leader:
            log.info("ingest_leader_changed", chat=chat.id, bot=batch.leaders[chat.id], before=chat.leader)
    if batch.leaders:
        store.set_leaders(batch.session, batch.leaders, batch.now, LEADER_NOTED_EVERY_S)


def _find_answered(batch: UpdateBatch, fresh: Sequence[MessageReceived]) -> dict[tuple[int, int], int]:
    """The bots whose messages these answer, by (chat id, Telegram message id).

    A reply proves that the message it answers was delivered, whatever its stored state.
    """
    answers = {
        (batch.chats[received.telegram_chat_id].id, received.reply_to): received
        for received in fresh
        if received.reply_to is not None
    }
    found = store.authors_of(batch.session, list(answers)) if answers else {}
    for key, received in answers.items():
        quoted = received.quoted
        if key in found or quoted is None or quoted.telegram_user_id not in batch.ours:
            continue
        found[key] = batch.ours[quoted.telegram_user_id]
        place = (received.telegram_chat_id, quoted.telegram_message_id)
        settled = outcomes.settle_unknown(batch.session, *place, found[key], quoted.text, batch.now)
        if settled is not None:
            log_step(batch.session, "sent", settled, bot=found[key], message=place[1], reason="answered_in_chat")
    return found


def _find_addressed(received: MessageReceived, chat: KnownChat, replied_bot: int | None) -> Sequence[int]:
    """Returns the bots a message is for. A command that is not ours may still be meant for one of them."""
    command = None if received.is_post else find_command(received.text)
    if command and command.handle:
        return [bot.bot_id for bot in chat.bots if bot.username.lower() == command.handle]
    return find_addressed(received.text, chat.bots, replied_bot)


def _new_message(received: MessageReceived, chat: KnownChat) -> NewMessage:
    return NewMessage(
        chat_id=chat.id,
        telegram_message_id=received.telegram_message_id,
        telegram_user_id=received.telegram_user_id,
        text=received.text,
        sent_at=received.sent_at,
        reply_to=received.reply_to,
        thread_id=received.thread_id,
        is_command=not received.is_post and find_command(received.text) is not None,
        facts=analyse(received.text, chat.vocabulary),
    )
