"""The verdict on a drill, from the sandboxes' journals, and from Postgres where they do not suffice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from app.db import SessionFactory
from app.repositories.utterances.sql import read
from sandbox.report.repetition import find_repeated, find_words_again
from sandbox.report.report import is_lost
from sandbox.report.telegram_facts import Addressing, BotMessage, PersonMessage, TelegramFacts, read_telegram_facts
from sandbox.telegram.faults import AMBIGUOUS

Event = Mapping[str, Any]
Key = tuple[int, int]
"""A message: chat id and message id, both Telegram's."""

Pair = tuple[BotMessage, BotMessage]
"""A message, and the one that repeats it."""

OPEN = read("select count(*) from utterances where state {OPEN}")
STORED = text("select c.telegram_chat_id, m.telegram_message_id from messages m join chats c on c.id = m.chat_id")
BELIEVED = text("""
    select c.telegram_chat_id, u.telegram_message_id from utterances u join chats c on c.id = u.chat_id
    where u.state = 'sent' and u.kind <> 'reaction'
""")
UNKNOWN = text("select count(*) from utterances where state = 'unknown'")
UNKNOWN_MENTIONS = text("""
    select distinct c.telegram_chat_id, m.telegram_message_id
    from utterances u join mentions n on n.id = u.mention_id join messages m on m.id = n.message_id
    join chats c on c.id = m.chat_id where u.state = 'unknown'
""")


@dataclass(frozen=True)
class Ledger:
    """The final state in Postgres, before the stack is stopped."""

    unfinished: int
    unknown: int
    stored: frozenset[Key]
    believed: frozenset[Key]
    unknown_mentions: frozenset[Key]


@dataclass(frozen=True)
class Verdict:
    """The figures of a drill. `lost` counts mentions without an outcome, plans without a final state, and sends
    recorded as sent that never arrived; `ambiguous_replies` are sends that got no answer, or a 5xx. `repeats`
    describes each message that was sent twice, and `pairs` has both of each; `words_again` are answers with the words
    of an answer to another message, which no promise is about.
    """

    faults: int
    bot_messages: int
    said_twice: int
    lost: int
    people_messages_lost: int
    mentions: int
    mentions_sent: int
    mentions_unknown: int
    unknown: int
    sends_in_flight_at_kills: int
    bans: int
    ambiguous_replies: int
    people_messages: int
    telegram_429: int
    words_again: int = 0
    processes_left: int = 0
    repeats: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Returns the figures, JSON-ready."""
        figures = asdict(self)
        del figures["pairs"]
        return figures

    def broken(self) -> list[str]:
        """Returns a message for each broken promise."""
        kept = (
            (self.bot_messages > 0, "no bot said anything"),
            (self.mentions > 0, "nobody spoke to a bot"),
            (self.said_twice == 0, f"{self.said_twice} messages were said twice: {'; '.join(self.repeats)}"),
            (self.lost == 0, f"{self.lost} messages were lost"),
            (self.people_messages_lost == 0, f"{self.people_messages_lost} messages of people were lost"),
            (
                self.mentions_sent + self.mentions_unknown >= self.mentions,
                f"{self.mentions - self.mentions_sent - self.mentions_unknown} mentions were neither answered nor "
                "left as unknown",
            ),
            (
                self.unknown <= self.sends_in_flight_at_kills + self.ambiguous_replies,
                f"{self.unknown} sends are unknown, and only {self.sends_in_flight_at_kills} were under way at kills "
                f"and {self.ambiguous_replies} answers were cut off",
            ),
            (self.bans == 0, f"{self.bans} bots were banned"),
            (self.processes_left == 0, f"{self.processes_left} processes were left running"),
        )
        return [words for ok, words in kept if not ok]


def read_ledger(sessions: SessionFactory) -> Ledger:
    """Reads the run's final state from Postgres."""
    with sessions() as session:
        return Ledger(
            unfinished=session.scalar(OPEN) or 0,
            unknown=session.scalar(UNKNOWN) or 0,
            stored=frozenset((chat, message) for chat, message in session.execute(STORED)),
            believed=frozenset((chat, message) for chat, message in session.execute(BELIEVED)),
            unknown_mentions=frozenset((chat, message) for chat, message in session.execute(UNKNOWN_MENTIONS)),
        )


def judge(events: Iterable[Event], ledger: Ledger, start: float, faults: int, cut_off: int) -> Verdict:
    """Returns the verdict on the events since `start` (unix seconds)."""
    events = list(events)
    facts = read_telegram_facts(events)
    addressing = Addressing(facts)
    sent = [message for message in facts.sent if message.t >= start]
    mentions = [message for message in facts.mentions() if message.t >= start]
    unanswered = [mention for mention in mentions if is_lost(mention, sent, addressing)]
    unknown = [mention for mention in unanswered if (mention.chat_id, mention.id) in ledger.unknown_mentions]
    repeats = find_repeated(facts.sent, addressing, start)
    arrived = {(message.chat_id, message.id) for message in facts.sent}
    return Verdict(
        faults=faults,
        bot_messages=len(sent),
        said_twice=len(repeats),
        lost=len(unanswered) - len(unknown) + ledger.unfinished + len(ledger.believed - arrived),
        people_messages_lost=len(_lost_words(facts, ledger, start)),
        mentions=len(mentions),
        mentions_sent=len(mentions) - len(unanswered),
        mentions_unknown=len(unknown),
        unknown=ledger.unknown,
        sends_in_flight_at_kills=cut_off,
        bans=sum(event["event"] == "ban" for event in events),
        ambiguous_replies=sum(_was_cut(event) for event in events),
        people_messages=sum(message.t >= start for message in facts.people),
        telegram_429=sum(at >= start for at in facts.refusals_429),
        words_again=len(find_words_again(facts.sent, start)),
        repeats=tuple(_tell_repeat(*pair) for pair in repeats),
        pairs=tuple(repeats),
    )


def _tell_repeat(first: BotMessage, again: BotMessage) -> str:
    """Describes a repeat with interval and targets, which distinguish a duplicate send from a text generated twice."""
    what = f"messages {first.id} and {again.id}, in reply to {first.reply_to} and {again.reply_to}"
    return f"bot {again.bot_id} in chat {again.chat_id}, {again.t - first.t:.1f} s apart, {what}: {again.text!r}"


def _lost_words(facts: TelegramFacts, ledger: Ledger, start: float) -> list[PersonMessage]:
    return [one for one in facts.people if one.t >= start and (one.chat_id, one.id) not in ledger.stored]


def _was_cut(event: Event) -> bool:
    """Whether the caller of a send cannot know its outcome: the sandbox had read the call and did not say."""
    faults = set((event.get("fault") or "").split("+"))
    is_send = event["event"] == "call" and event.get("method") in {"sendMessage", "setMessageReaction"}
    return is_send and bool(faults & AMBIGUOUS)
