"""What a batch of updates tells: who said what, whom it addresses, which bot is where, and which one is the ear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.analysis.addressing import find_addressed
from app.domain.analysis.commands import Order, find_command, find_order
from app.domain.analysis.reading import analyse
from app.domain.ears import choose_ear
from app.domain.ports import TickRef
from app.domain.settings_book import SettingsBook
from app.domain.updates import Edited, Joined, Migrated, Moved, Said, Update, parse_update
from app.repositories import heard, inbox, mentions, outbox
from app.repositories.heard import Edit, KnownChat, NewMessage
from app.repositories.inbox import StoredUpdate
from app.repositories.mentions import NewMention
from app.services.commands import Given, Obeyed, obey

NUDGE_S = 8.0
EAR_NOTED_EVERY_S = 5.0
EDIT_WAIT_S = 1.0
EDIT_ATTEMPTS = 3
"""An edit may overtake the message; one of a message that was said before we came never finds it."""

STATUS_REASONS = {
    "muted": "An admin of the group does not let this bot write.",
    "kicked": "The bot was removed from the group: add it again in Telegram.",
    "left": "The bot left the group.",
}
BASIC_GROUP = "turn the chat history for new members on in the group's settings: Telegram then makes it a supergroup"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Worked:
    """What a batch of updates led to; `forgot` when somebody was forgotten."""

    ticks: tuple[TickRef, ...] = ()
    chat_ids: tuple[int, ...] = ()
    answers: int = 0
    forgot: bool = False

    def __add__(self, other: Worked) -> Worked:
        return Worked(
            self.ticks + other.ticks,
            tuple(dict.fromkeys(self.chat_ids + other.chat_ids)),
            self.answers + other.answers,
            self.forgot or other.forgot,
        )


@dataclass(slots=True)
class _Batch:
    """A batch as it is worked in: what each update tells, what is known of its chats, and how each one ended."""

    session: Session
    now: dt.datetime
    updates: Sequence[StoredUpdate]
    told: Mapping[int, Update]
    outcomes: dict[int, str]
    operator: str
    chats: Mapping[int, KnownChat] = field(default_factory=dict)
    ours: Mapping[int, int] = field(default_factory=dict)
    ears: dict[int, int | None] = field(default_factory=dict)

    def in_order(self) -> Iterable[tuple[StoredUpdate, Update]]:
        """The updates, and what each tells, in the order in which Telegram numbered them."""
        return ((update, self.told[update.id]) for update in sorted(self.updates, key=lambda one: one.update_id))


def work_in(
    session: Session, updates: Sequence[StoredUpdate], now: dt.datetime, settings: SettingsBook, operator: str = ""
) -> Worked:
    """Stores what a batch of updates tells, in a handful of statements, and marks each with its outcome.

    `operator` is who runs the installation, for people who ask.
    """
    told = {update.id: parse_update(update.payload) for update in updates}
    batch = _Batch(session, now, updates, told, {number: parsed.outcome for number, parsed in told.items()}, operator)
    _follow_places(batch)
    batch.chats = heard.known_chats(
        session, sorted({parsed.telegram_chat_id for parsed in told.values() if parsed.telegram_chat_id})
    )
    batch.ours = heard.our_bots(session, _people_in(told.values()))
    bringers = _distinct(batch)
    worked = _store_messages(batch, bringers, settings) if bringers else Worked()
    _follow_edits(batch)
    inbox.finish(session, batch.outcomes, now)
    for outcome in batch.outcomes.values():
        metrics.UPDATES.labels(outcome.partition(":")[0]).inc()
    return worked


def _people_in(told: Iterable[Update]) -> list[int]:
    said = [parsed for parsed in told if isinstance(parsed, Said)]
    quoted = [parsed.quoted.telegram_user_id for parsed in said if parsed.quoted]
    return sorted({*quoted, *(parsed.telegram_user_id for parsed in said)})


def _follow_places(batch: _Batch) -> None:
    """Memberships, people's and bots' comings and goings, groups that became supergroups."""
    for update, told in batch.in_order():
        if isinstance(told, Joined):
            place = (told.telegram_chat_id, told.title, told.status)
            reason = STATUS_REASONS.get(told.status)
            heard.set_membership(batch.session, update.bot_id, *place, reason, told.is_admin)
        elif isinstance(told, Moved):
            heard.move_members(batch.session, told.telegram_chat_id, told.telegram_user_ids, told.present)
        elif isinstance(told, Migrated):
            heard.follow_migration(batch.session, told.old_telegram_chat_id, told.telegram_chat_id)
            heard.add_member(batch.session, update.bot_id, told.telegram_chat_id, told.title)
    for told in batch.told.values():
        if told.outcome == "basic_group" and told.telegram_chat_id is not None:
            _warn_of_basic_group(told.telegram_chat_id)


@lru_cache(maxsize=1000)
def _warn_of_basic_group(telegram_chat_id: int) -> None:
    """Says it once a group and process."""
    log.warning("basic_group", chat=telegram_chat_id, fix=BASIC_GROUP)


def _distinct(batch: _Batch) -> dict[tuple[int, int], tuple[int, Said]]:
    """The people's messages of known chats, each once, with the bot whose copy it is: the ear's if it is there.

    What our own bots said settles a send of which nobody knew the outcome, and is not heard.
    """
    found: dict[tuple[int, int], tuple[int, Said]] = {}
    ears = {chat.ear for chat in batch.chats.values()}
    for update in sorted(batch.updates, key=lambda update: update.bot_id not in ears):
        told = batch.told[update.id]
        if not isinstance(told, Said):
            continue
        key = (told.telegram_chat_id, told.telegram_message_id)
        if told.telegram_chat_id not in batch.chats:
            batch.outcomes[update.id] = "unknown_chat"
        elif told.telegram_user_id in batch.ours:
            bot_id = batch.ours[told.telegram_user_id]
            batch.outcomes[update.id] = _recognise(batch, key, bot_id, told.text)
        elif told.from_bot:
            batch.outcomes[update.id] = "other_bot"
        elif key in found:
            batch.outcomes[update.id] = "duplicate"
        else:
            found[key] = (update.bot_id, told)
    return {key: found[key] for key in sorted(found)}


def _recognise(batch: _Batch, key: tuple[int, int], bot_id: int, text: str) -> str:
    settled = outbox.settle_unknown(batch.session, *key, bot_id, text, batch.now)
    return "own_message" if settled is None else "own_message_settled"


def _store_messages(batch: _Batch, said: Mapping[tuple[int, int], tuple[int, Said]], settings: SettingsBook) -> Worked:
    session, chats = batch.session, batch.chats
    people = {told.telegram_user_id: (told.username, told.display_name) for _, told in said.values()}
    heard.upsert_people(session, people)
    added = heard.insert_messages(
        session, [_new_message(told, chats[told.telegram_chat_id]) for _, told in said.values()]
    )
    fresh = [
        (bot_id, told)
        for bot_id, told in said.values()
        if (chats[told.telegram_chat_id].id, told.telegram_message_id) in added
    ]
    _elect_ears(batch, fresh)
    replied = _find_answered(batch, [told for _, told in fresh])
    new: list[NewMention] = []
    given: list[Given] = []
    for _, told in fresh:
        chat = chats[told.telegram_chat_id]
        message_id = added[chat.id, told.telegram_message_id]
        replied_bot = replied.get((chat.id, told.reply_to or 0))
        order = find_order(told.text, chat.bots, is_reply=told.reply_to is not None, replied_to_bot=replied_bot)
        if order:
            given.append(_give(order, told, message_id, chat, batch.ears.get(chat.id)))
            continue
        for bot_id in _find_addressed(told, chat, replied_bot):
            patience_s = settings.of(bot_id=bot_id, chat_id=chat.id).mention_patience_s
            new.append(NewMention(bot_id, message_id, told.sent_at, patience_s))
    obeyed = obey(session, given, batch.now, batch.operator) if given else Obeyed()
    ticks = mentions.insert(session, new, batch.now, NUDGE_S) if new else []
    chat_ids = tuple(sorted({chat_id for chat_id, _ in added}))
    return Worked(tuple(ticks), chat_ids, obeyed.answers, obeyed.forgot)


def _give(order: Order, told: Said, message_id: int, chat: KnownChat, ear: int | None) -> Given:
    return Given(order, message_id, told.telegram_user_id, told.sent_at, chat, ear)


def _elect_ears(batch: _Batch, fresh: Sequence[tuple[int, Said]]) -> None:
    bringers: dict[int, list[int]] = {}
    for bot_id, told in fresh:
        bringers.setdefault(told.telegram_chat_id, []).append(bot_id)
    for telegram_chat_id, brought in bringers.items():
        chat = batch.chats[telegram_chat_id]
        batch.ears[chat.id] = choose_ear(chat.ear, chat.hearers, brought)
        if chat.ear is not None and batch.ears[chat.id] != chat.ear:
            log.info("ear_changed", chat=chat.id, ear=batch.ears[chat.id], before=chat.ear)
    if batch.ears:
        heard.set_ears(batch.session, batch.ears, batch.now, EAR_NOTED_EVERY_S)


def _find_answered(batch: _Batch, fresh: Sequence[Said]) -> dict[tuple[int, int], int]:
    """The bots whose messages these answer, by (chat id, Telegram message id).

    A reply shows that the message it answers was delivered, whatever we know of it.
    """
    answers = {
        (batch.chats[told.telegram_chat_id].id, told.reply_to): told for told in fresh if told.reply_to is not None
    }
    found = heard.authors_of(batch.session, list(answers)) if answers else {}
    for key, told in answers.items():
        quoted = told.quoted
        if key in found or quoted is None or quoted.telegram_user_id not in batch.ours:
            continue
        found[key] = batch.ours[quoted.telegram_user_id]
        place = (told.telegram_chat_id, quoted.telegram_message_id)
        outbox.settle_unknown(batch.session, *place, found[key], quoted.text, batch.now)
    return found


def _find_addressed(told: Said, chat: KnownChat, replied_bot: int | None) -> Sequence[int]:
    """The bots a message is for. A command that is none of ours may still be meant for one of them."""
    command = find_command(told.text)
    if command and command.handle:
        return [bot.bot_id for bot in chat.bots if bot.username.lower() == command.handle]
    return find_addressed(told.text, chat.bots, replied_bot)


def _new_message(told: Said, chat: KnownChat) -> NewMessage:
    return NewMessage(
        chat_id=chat.id,
        telegram_message_id=told.telegram_message_id,
        telegram_user_id=told.telegram_user_id,
        text=told.text,
        sent_at=told.sent_at,
        reply_to=told.reply_to,
        thread_id=told.thread_id,
        is_command=find_command(told.text) is not None,
        facts=analyse(told.text, chat.vocabulary),
    )


def _follow_edits(batch: _Batch) -> None:
    """Every bot brings its copy of an edit too; the newest counts. One whose message is not here yet waits for it."""
    edits: dict[int, Edit] = {}
    for update, told in batch.in_order():
        if not isinstance(told, Edited):
            continue
        if told.telegram_chat_id not in batch.chats:
            batch.outcomes[update.id] = "unknown_chat"
        elif told.text:
            edits[update.id] = _edit(told, batch.chats[told.telegram_chat_id], batch.now)
    known = heard.edit_messages(batch.session, list(edits.values())) if edits else set()
    early = [number for number, edit in edits.items() if (edit.chat_id, edit.telegram_message_id) not in known]
    for number in early:
        del batch.outcomes[number]
    if early:
        until = batch.now + dt.timedelta(seconds=EDIT_WAIT_S)
        inbox.delay(batch.session, early, until, EDIT_ATTEMPTS, "edited_unknown")


def _edit(told: Edited, chat: KnownChat, now: dt.datetime) -> Edit:
    return Edit(
        chat_id=chat.id,
        telegram_message_id=told.telegram_message_id,
        text=told.text,
        edited_at=told.edited_at or now,
        facts=analyse(told.text, chat.vocabulary),
    )
