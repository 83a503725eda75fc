"""Hand-written fakes of the ports: they record what they were asked and answer as a test tells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import TelegramError, WebError
from app.domain.ports import (
    BotIdentity,
    ChatInfo,
    FeedAnswer,
    Grant,
    MemberInfo,
    TickRef,
    WebhookInfo,
)
from app.domain.traces.silence import SilentTick


class FakeClock:
    """A clock that a test moves."""

    def __init__(self, now: dt.datetime) -> None:
        self.time = now

    def now(self) -> dt.datetime:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += dt.timedelta(seconds=seconds)


class FakeQueue:
    """Remembers what would have been published."""

    def __init__(self) -> None:
        self.ticks: list[TickRef] = []
        self.urgent: list[TickRef] = []
        self.lanes: list[tuple[str, float]] = []
        self.deliveries = 0
        self.ingests = 0
        self.forgettings = 0
        self.broken = False

    def publish_ticks(self, ticks: Iterable[TickRef], expires_s: float) -> int:
        published = [] if self.broken else list(ticks)
        self.ticks += published
        return len(published)

    def publish_urgent_tick(self, tick: TickRef) -> None:
        self.urgent.append(tick)

    def nudge_generation(self, lane: str, delay_s: float = 0.0) -> None:
        self.lanes.append((lane, delay_s))

    def nudge_delivery(self) -> None:
        self.deliveries += 1

    def nudge_ingest(self) -> None:
        self.ingests += 1

    def nudge_forgetting(self) -> None:
        self.forgettings += 1


class FakeTelegram:
    """Accepts messages, or raises the next of `errors`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int, str, int | None]] = []
        self.typing: list[tuple[str, int]] = []
        self.reactions: list[tuple[str, int, int, str]] = []
        self.typing_errors: list[TelegramError] = []
        self.errors: list[TelegramError] = []
        self.before_send: Callable[[], None] = lambda: None
        self.webhooks: dict[str, tuple[str, str, tuple[str, ...]]] = {}

    def get_me(self, token: str) -> BotIdentity:
        return BotIdentity(int(token.split(":", maxsplit=1)[0]), "fake_bot", "Fake", True)

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        return ChatInfo(telegram_chat_id, "Fake chat", "supergroup")

    def get_chat_member(self, token: str, telegram_chat_id: int, telegram_user_id: int) -> MemberInfo:
        return MemberInfo("member", True)

    def send_typing(self, token: str, telegram_chat_id: int) -> None:
        if self.typing_errors:
            raise self.typing_errors.pop(0)
        self.typing.append((token, telegram_chat_id))

    def send_message(
        self, token: str, telegram_chat_id: int, text: str, reply_to: int | None = None, thread_id: int | None = None
    ) -> int:
        self.before_send()
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((token, telegram_chat_id, text, reply_to))
        return 100_000 + len(self.sent)

    def set_webhook(self, token: str, url: str, secret: str, allowed_updates: Sequence[str]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.webhooks[token] = (url, secret, tuple(allowed_updates))

    def delete_webhook(self, token: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.webhooks.pop(token, None)

    def get_webhook_info(self, token: str) -> WebhookInfo:
        return WebhookInfo(self.webhooks.get(token, ("", "", ()))[0], 0, None)

    def set_reaction(self, token: str, telegram_chat_id: int, message_id: int, emoji: str) -> None:
        self.before_send()
        if self.errors:
            raise self.errors.pop(0)
        self.reactions.append((token, telegram_chat_id, message_id, emoji))

    def set_commands(self, token: str, commands: Mapping[str, str], language: str = "") -> None:
        if self.errors:
            raise self.errors.pop(0)


class FakeLimiter:
    """Grants everything, or the next of `grants`."""

    def __init__(self) -> None:
        self.grants: list[Grant] = []
        self.rests: list[float] = []
        self.taken: list[tuple[float, int]] = []
        self.action_grants: list[Grant] = []

    def take(self, bot_id: int, chat_id: int, rate_factor: float = 1.0, chat_per_min: int = 0) -> Grant:
        self.taken.append((rate_factor, chat_per_min))
        return self.grants.pop(0) if self.grants else Grant(True)

    def take_action(self, bot_id: int, chat_id: int) -> Grant:
        return self.action_grants.pop(0) if self.action_grants else Grant(True)

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        self.rests.append(seconds)


class FakeEvents:
    """Remembers what pages would have been told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def publish(self, kind: str, **fields: Any) -> None:
        self.events.append((kind, fields))


class FakeSilence:
    """Remembers all silent ticks, the newest first."""

    def __init__(self) -> None:
        self.ticks: list[tuple[int, SilentTick]] = []

    def note(self, bot_id: int, tick: SilentTick) -> None:
        self.ticks.insert(0, (bot_id, tick))

    def last(self, bot_id: int) -> list[SilentTick]:
        return [tick for owner, tick in self.ticks if owner == bot_id]

    def count(self, bot_id: int | None, now: dt.datetime, hours: int = 24) -> dict[dt.datetime, dict[str, int]]:
        reasons = [tick.reason for owner, tick in self.ticks if bot_id in (None, owner)]
        return {now: {reason: reasons.count(reason) for reason in reasons}}


class FakeAnswers:
    """Holds answers for good."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        return {key: self.held[key] for key in keys if key in self.held}

    def put_many(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self.held |= {key: dict(answer) for key, answer in answers.items()}

    def forget_all(self) -> None:
        self.held.clear()


class PlainVault:
    """Marks tokens instead of encrypting them."""

    def encrypt(self, token: str) -> str:
        return f"sealed:{token}"

    def decrypt(self, ciphertext: str) -> str:
        return ciphertext.removeprefix("sealed:")

    def rotate(self, ciphertext: str) -> str | None:
        return None


class MemoryCache:
    """Keeps profile rows for good."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], dict[str, Any]] = {}

    def get_many(self, versions: Mapping[int, int]) -> dict[int, dict[str, Any]]:
        return {bot_id: self.rows[key] for bot_id in versions if (key := (bot_id, versions[bot_id])) in self.rows}

    def put_many(self, rows: Mapping[int, dict[str, Any]]) -> None:
        self.rows |= {(bot_id, row["version"]): row for bot_id, row in rows.items()}


@dataclass
class FakeFeeds:
    """The web, as far as feeds go: answers with what a test says, or raises it; `meanwhile` runs during a look."""

    answers: dict[str, FeedAnswer | WebError] = field(default_factory=dict)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def read(self, url: str, etag: str | None = None, last_modified: str | None = None) -> FeedAnswer:
        """The next look."""
        self.asked.append((url, etag, last_modified))
        self.meanwhile()
        answer = self.answers.get(url, FeedAnswer(False))
        if isinstance(answer, WebError):
            raise answer
        return answer
