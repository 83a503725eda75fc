"""The facts of a run from the Telegram sandbox's journal."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.faults import AFTER_ACCEPTANCE

Event = Mapping[str, Any]
MENTION_LABEL = "mention:"


@dataclass(frozen=True)
class SandboxAccount:
    """A registered bot."""

    id: int
    username: str
    name: str


@dataclass(frozen=True)
class PersonMessage:
    """A person's message at `t` (unix seconds). `mentions` is the bot it was labelled for, if any."""

    t: float
    chat_id: int
    id: int
    from_id: int
    from_name: str
    text: str
    reply_to: int | None
    mentions: int | None


@dataclass(frozen=True)
class BotMessage:
    """An accepted sendMessage, visible to the group. `unconfirmed`: the bot never got the answer."""

    t: float
    chat_id: int
    id: int | None
    bot_id: int
    text: str
    reply_to: int | None
    unconfirmed: bool


@dataclass(frozen=True)
class Typing:
    """A chat action `typing`."""

    t: float
    chat_id: int
    bot_id: int


@dataclass
class TelegramFacts:
    """A run as the groups saw it, each list in the journal's order. `refusals_429` holds the times of every 429."""

    bots: dict[int, SandboxAccount] = field(default_factory=dict)
    chats: set[int] = field(default_factory=set)
    people: list[PersonMessage] = field(default_factory=list)
    sent: list[BotMessage] = field(default_factory=list)
    typing: list[Typing] = field(default_factory=list)
    refusals_429: list[float] = field(default_factory=list)

    def mentions(self) -> list[PersonMessage]:
        """Messages that were labelled as addressing a bot."""
        return [message for message in self.people if message.mentions is not None]


def read_telegram_facts(events: Iterable[Event]) -> TelegramFacts:
    """Returns the facts in a journal; other events are skipped."""
    facts = TelegramFacts()
    for event in events:
        kind = event.get("event")
        if kind == "bot":
            facts.bots[event["bot_id"]] = SandboxAccount(event["bot_id"], event["username"], event["first_name"])
        elif kind == "chat":
            facts.chats.add(event["chat_id"])
        elif kind == "person_message":
            facts.people.append(_read_person_message(event))
        elif kind == "call":
            _read_call(event, facts)
    return facts


def _read_person_message(event: Event) -> PersonMessage:
    label = event.get("label") or ""
    bot_id = label.removeprefix(MENTION_LABEL) if label.startswith(MENTION_LABEL) else ""
    return PersonMessage(
        t=event["t"],
        chat_id=event["chat_id"],
        id=event["message_id"],
        from_id=event["from_id"],
        from_name=event.get("from_name") or "",
        text=event.get("text") or "",
        reply_to=event.get("reply_to_message_id"),
        mentions=int(bot_id) if bot_id.isdecimal() else None,
    )


def _read_call(event: Event, facts: TelegramFacts) -> None:
    if event.get("status") == 429:
        facts.refusals_429.append(event["t"])
    if not event.get("accepted"):
        return
    params = event.get("params") or {}
    if event["method"] == "sendMessage":
        facts.sent.append(_read_sending(event))
    elif event["method"] == "sendChatAction" and params.get("action") == "typing":
        facts.typing.append(Typing(event["t"], int(event["chat_id"]), event["bot_id"]))


def _read_sending(event: Event) -> BotMessage:
    change = event["change"]
    return BotMessage(
        t=event["t"],
        chat_id=change["chat_id"],
        id=change["message_id"],
        bot_id=event["bot_id"],
        text=change["text"],
        reply_to=change.get("reply_to_message_id"),
        unconfirmed=not AFTER_ACCEPTANCE.isdisjoint((event.get("fault") or "").split("+")),
    )


class Addressing:
    """Finds which bots a message addresses: by label, by `@username`, by display name, or by replying to one."""

    def __init__(self, facts: TelegramFacts) -> None:
        self._names = {
            bot.id: (re.compile(rf"@{re.escape(bot.username)}\b", re.IGNORECASE), _word(bot.name))
            for bot in facts.bots.values()
        }
        self._authors = {(message.chat_id, message.id): message.bot_id for message in facts.sent}
        self._messages = {(message.chat_id, message.id): message for message in facts.people}
        self._by_person: dict[tuple[int, int, int], float] = {}
        self._people: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
        for message in facts.people:
            for bot_id in self.bots_addressed(message):
                self._by_person.setdefault((bot_id, message.chat_id, message.from_id), message.t)
                self._people[bot_id, message.chat_id][message.from_id] = message.from_name

    def bots_addressed(self, message: PersonMessage) -> set[int]:
        """Returns the ids of the bots that `message` addresses."""
        named = {
            bot_id
            for bot_id, patterns in self._names.items()
            if any(pattern.search(message.text) for pattern in patterns)
        }
        answered = self._authors.get((message.chat_id, message.reply_to or 0))
        return named | ({message.mentions} if message.mentions else set()) | ({answered} if answered else set())

    def target_of(self, sent: BotMessage) -> PersonMessage | None:
        """Returns the person's message that a bot replied to."""
        return self._messages.get((sent.chat_id, sent.reply_to or 0))

    def was_prompted(self, sent: BotMessage) -> bool:
        """Whether a bot's message answers, or names, a person who had addressed that bot in that chat before."""
        target = self.target_of(sent)
        if target is not None and self._addressed_before(sent, target.from_id):
            return True
        people = self._people.get((sent.bot_id, sent.chat_id), {})
        return any(
            self._addressed_before(sent, person) and _word(name).search(sent.text) is not None
            for person, name in people.items()
        )

    def _addressed_before(self, sent: BotMessage, person_id: int) -> bool:
        first = self._by_person.get((sent.bot_id, sent.chat_id, person_id))
        return first is not None and first <= sent.t


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)" if name else r"(?!)", re.IGNORECASE)
