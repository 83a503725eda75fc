"""What services may ask of the outside world. Adapters match these protocols; fakes in tests do too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from app.domain.headlines import Headline
from app.domain.silence import SilentTick
from app.domain.token_rates import TokenRates


class Clock(Protocol):
    """The time, passed in so that nothing below reads it."""

    def now(self) -> dt.datetime:
        """The current instant, timezone-aware UTC."""
        ...


class TaskQueue(Protocol):
    """Hints to workers. Losing one delays work and loses none: Postgres holds what is due."""

    def publish_ticks(self, ticks: Iterable[TickRef], expires_s: float) -> int:
        """Publishes one ambient tick a bot to its shard's queue; returns how many were published."""
        ...

    def publish_urgent_tick(self, tick: TickRef) -> None:
        """Publishes a tick for a bot that was spoken to; it overtakes ambient ones."""
        ...

    def nudge_generation(self, lane: str, delay_s: float = 0.0) -> None:
        """Asks a worker to look at a lane; several nudges under way become one."""
        ...

    def nudge_delivery(self, delay_s: float = 0.0) -> None:
        """Asks a worker to look at the outbox."""
        ...

    def nudge_ingest(self) -> None:
        """Asks a worker to look at the inbox."""
        ...


@dataclass(frozen=True, slots=True)
class TickRef:
    """The identity of a tick. `mention_id` names the mention that made it, for an urgent one."""

    bot_id: int
    due_at: dt.datetime
    shard: int = 0
    mention_id: int | None = None


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """What getMe tells of a token."""

    telegram_user_id: int
    username: str
    display_name: str
    reads_all_messages: bool


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """What getChat tells of a chat; `members_may_send` is what its permissions say of everybody without own rights."""

    telegram_chat_id: int
    title: str
    type: str
    members_may_send: bool = True


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """What getChatMember tells of an account: its status in Telegram's word, and whether it is not muted itself."""

    status: str
    may_send: bool


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """What getWebhookInfo tells: the address (empty without one), updates that wait, and what went wrong last."""

    url: str
    pending: int
    last_error: str | None


class Telegram(Protocol):
    """The Bot API, one call a method. Every method raises TelegramError's subclasses and nothing else."""

    def get_me(self, token: str) -> BotIdentity:
        """Who the token belongs to."""
        ...

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        """Title and type of a chat the bot is in."""
        ...

    def get_chat_member(self, token: str, telegram_chat_id: int, telegram_user_id: int) -> MemberInfo:
        """An account's place and rights in a chat the bot is in."""
        ...

    def send_typing(self, token: str, telegram_chat_id: int) -> None:
        """Shows "… is typing" for 5 seconds."""
        ...

    def send_message(
        self,
        token: str,
        telegram_chat_id: int,
        text: str,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> int:
        """Sends plain text and returns the new message's id."""
        ...

    def set_webhook(self, token: str, url: str, secret: str, allowed_updates: Sequence[str]) -> None:
        """Has the bot's updates delivered to `url`, with `secret` in a header."""
        ...

    def delete_webhook(self, token: str) -> None:
        """Returns to getUpdates; what waits is kept."""
        ...

    def get_webhook_info(self, token: str) -> WebhookInfo:
        """Where the bot's updates are delivered, and how that goes."""
        ...

    def set_reaction(self, token: str, telegram_chat_id: int, message_id: int, emoji: str) -> None:
        """Puts the bot's reaction on a message, in the place of an earlier one of this bot."""
        ...

    def set_commands(self, token: str, commands: Mapping[str, str], language: str = "") -> None:
        """Fills the menu of the bot's commands, each with its description, for people of one language or of any."""
        ...


@dataclass(frozen=True, slots=True)
class PolledBot:
    """A bot to poll: `offset` is the first update id that is not stored yet."""

    bot_id: int
    token: str
    offset: int


@dataclass(frozen=True, slots=True)
class HeardBot:
    """A bot to hear over MTProto: its own user id, its token, and the session of its last connection."""

    bot_id: int
    telegram_user_id: int
    token: str = field(repr=False)
    session: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """A limiter's answer: granted, or the seconds after which asking again makes sense.

    `tokens` is what a provider's limiter granted, where that is less than was asked for; else 0.
    """

    granted: bool
    retry_in_s: float = 0.0
    crowded: bool = False
    tokens: int = 0


class FloodLimiter(Protocol):
    """Telegram's limits: per token, per (token, chat), per (token, group); and ours per chat over all bots."""

    def take(self, bot_id: int, chat_id: int, pace: float = 1.0, chat_per_min: int = 0) -> Grant:
        """Takes one message from every bucket, or from none.

        `pace` (0 to 1) scales the rate of this token in this chat; `chat_per_min` is the most that all bots together
        may say there in any minute, 0 for no limit.
        """
        ...

    def take_action(self, bot_id: int, chat_id: int) -> Grant:
        """Takes a call that leaves no message, such as typing: it counts for its token only."""
        ...

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        """After a 429: nothing more from this bot to this chat for `seconds`."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider's headers tell of one of its limits; `reset_s` seconds until it is whole again."""

    kind: Literal["requests", "tokens"]
    window: Literal["minute", "day"]
    limit: int
    remaining: int
    reset_s: float


@dataclass(frozen=True, slots=True)
class DaySlot:
    """What was asked of a provider within one slot of time that begins at `start_s`, unix seconds."""

    start_s: float
    requests: int
    tokens: int


class ProviderLimiter(Protocol):
    """The provider's requests and tokens, a minute and a day, over all workers together."""

    def reserve(self, tokens: int, urgent: bool, fewest: int | None = None) -> Grant:
        """Reserves one request of an estimated size; `Grant.crowded` says that the limit is now the bottleneck.

        Where the minute cannot hold it, what is left of the minute is granted, if that is at least `fewest`.
        """
        ...

    def settle(self, reserved: int, used: int) -> None:
        """Corrects a reservation by the usage that the provider reported, both in tokens."""
        ...

    def correct(self, allowances: Sequence[Allowance]) -> None:
        """Takes in what the provider itself says is left; it only ever lowers what may be reserved."""
        ...

    def rest(self, seconds: float) -> None:
        """After a 429: no request for `seconds`."""
        ...

    def keep_warm(self) -> None:
        """Lets the first minute of a provider that stands by pass, so that it has room when it is needed."""
        ...


class CircuitBreaker(Protocol):
    """Keeps calls away from a provider that does not answer; all workers share its state."""

    def ask(self) -> Grant:
        """Whether a call may be made now; a granted one must be followed by `report` or `forgo`."""
        ...

    def report(self, available: bool, leave: bool = False) -> None:
        """Tells how a call went: whether the provider answered at all, be it with a refusal.

        `leave` asks to leave the provider alone after this one failure.
        """
        ...

    def forgo(self) -> None:
        """Gives back the permission for a call that is not made after all."""
        ...


class TokenEstimator(Protocol):
    """Learns from what a provider counts what the next request will take."""

    def read(self) -> TokenRates:
        """The averages as of now; the defaults when nothing is known."""
        ...

    def learn(self, prompt_estimate: int, items: int, tokens_in: int, tokens_out: int) -> None:
        """Takes in what the provider counted for a request of `items` prompts, all in tokens."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """A provider's answer: its text and the tokens it counted, `tokens_cached` of `tokens_in` at a lower price."""

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    truncated: bool = False
    tokens_cached: int = 0
    allowances: tuple[Allowance, ...] = ()


Listener = Callable[[str], None]
"""Is called with all of an answer's text so far, each time a streamed answer grew."""


class LLMClient(Protocol):
    """A chat completion with a JSON-schema answer. Raises LLMError's subclasses and nothing else."""

    provider: str
    model: str

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
    ) -> Completion:
        """One request, no retries of its own; with `listen` the answer is streamed."""
        ...


@dataclass(frozen=True, slots=True)
class Recall:
    """What a bot would like to remember: facts of one chat that bear on `about`."""

    bot_id: int
    chat_id: int
    about: str


class Memory(Protocol):
    """What bots remember. A fact never leaves the chat it was told in."""

    def recall(self, wishes: Sequence[Recall]) -> Sequence[Sequence[str]]:
        """The facts for each wish, in the same order, the most telling first."""
        ...


class AnswerCache(Protocol):
    """Answers to prompts that are no chat messages, by the exact prompt."""

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The answers that are held."""
        ...

    def put_many(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keeps answers for a while."""
        ...

    def forget_all(self) -> None:
        """Drops every answer: one of them may hold what somebody wants to be forgotten."""
        ...


class EventStream(Protocol):
    """Live events for the admin's pages. Losing one costs a page a refresh and nothing else."""

    def publish(self, kind: str, **fields: Any) -> None:
        """Tells every open page; never raises."""
        ...


class SilenceLog(Protocol):
    """The last silent ticks of each bot, and counts by reason and hour. Losing them costs an explanation."""

    def note(self, bot_id: int, tick: SilentTick) -> None:
        """Keeps and counts a tick; never raises."""
        ...

    def last(self, bot_id: int) -> Sequence[SilentTick]:
        """The bot's last silent ticks, newest first."""
        ...

    def count(self, bot_id: int | None, now: dt.datetime, hours: int = 24) -> Mapping[dt.datetime, Mapping[str, int]]:
        """Silent ticks by reason in each of the last hours that had any; of the whole fleet for None."""
        ...


class TokenVault(Protocol):
    """Encrypts bot tokens at rest."""

    def encrypt(self, token: str) -> str:
        """The ciphertext to store."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """The token. Raises ConfigError when no key fits."""
        ...

    def rotate(self, ciphertext: str) -> str | None:
        """The same under the newest key, or None when it is under that key already. Raises ConfigError."""
        ...


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """A look at a feed. `fresh` is False when nothing changed since the last one, and there are no headlines then.

    `etag` and `last_modified` are to be sent with the next look; `moved_to` is where the feed is for good by now.
    """

    fresh: bool
    title: str = ""
    headlines: tuple[Headline, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None


class FeedSource(Protocol):
    """News feeds on the web."""

    def read(self, url: str, etag: str | None = None, last_modified: str | None = None) -> FeedAnswer:
        """Looks at a feed. Raises WebError, with words an operator can use."""
        ...
