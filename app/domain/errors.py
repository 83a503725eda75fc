"""The exceptions of Chorus. Each message says what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class ChorusError(Exception):
    """Base of every error whose message may be shown to an operator unchanged."""


class ConfigError(ChorusError):
    """One or more settings are missing or wrong; `problems` holds one line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The configuration is not usable:\n" + "\n".join(f"  - {p}" for p in problems))


class InvalidInput(ChorusError):
    """Invalid input of an operator or a client. `field` names where, `message` says the fix."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class NotFound(ChorusError):
    """The requested object does not exist (any more)."""


class Stale(ChorusError):
    """What is to be changed was changed by somebody else since it was read."""


class Unreachable(ChorusError):
    """A server that Chorus needs (Postgres, Redis) does not answer."""


class WebError(ChorusError):
    """A URL could not be read; `retry_after_s` is the wait that its server asks for."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class AddressRefused(WebError):
    """The address must not be reached from here, or is not valid."""


class PageGone(WebError):
    """410: the page was removed for good."""


class NotAFeed(WebError):
    """The document is no RSS or Atom feed."""


class TelegramError(ChorusError):
    """A Bot API call failed. `permanent` is True when a retry cannot help."""

    permanent = False


class RetryAfter(TelegramError):
    """429: this token must send nothing to this chat for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"Telegram asks to wait {seconds:g} s.")


class Forbidden(TelegramError):
    """403: the bot was kicked from this chat, or blocked."""

    permanent = True


class NotAMember(Forbidden):
    """The bot is not in this chat (any more)."""


class Muted(Forbidden):
    """400 or 403: the bot is in this chat and may not write there."""


class Unauthorized(TelegramError):
    """401: the token is unknown or was revoked."""

    permanent = True


class Conflict(TelegramError):
    """409: another process polls this token, or a webhook is set."""


class WebhookSet(Conflict):
    """409: a webhook is set, so that getUpdates gives nothing."""


class AnotherAccount(TelegramError):
    """getMe answered for another bot than the one whose number the token begins with."""

    def __init__(self, expected: int, found: object) -> None:
        super().__init__(
            f"The server answered for another bot (number {str(found)[:20]}) than the token's (number {expected}): "
            "check TELEGRAM_URL and the proxy before it."
        )


class ChatMigrated(TelegramError):
    """The group became a supergroup with another id."""

    permanent = True

    def __init__(self, new_chat_id: int) -> None:
        self.new_chat_id = new_chat_id
        super().__init__(f"The group is now the supergroup {new_chat_id}.")


class BadRequest(TelegramError):
    """400: this exact request can never succeed."""

    permanent = True


class ChatRefused(BadRequest):
    """Nothing this bot sends to this chat is taken: guests, payment, administrator rights, a ban."""


class TopicRefused(BadRequest):
    """This topic of the chat is closed or gone; others may be open."""


class ReactionInvalid(BadRequest):
    """This emoji is not taken as a reaction in this chat."""


class ChatNotFound(BadRequest):
    """The chat does not exist for this bot."""


class TargetGone(BadRequest):
    """The message to answer or to react to is not there (any more)."""


class ServerError(TelegramError):
    """5xx, or an answer that is not the Bot API's: it may have been carried out; harmless to repeat if idempotent."""


class NotConnected(TelegramError):
    """No connection could be made, or something before Telegram refused: nothing was sent, so a retry is safe."""


class OutcomeUnknown(TelegramError):
    """The request was sent and no usable answer came: it may or may not have been carried out.

    `answered` is True when an answer came that does not say so, such as a 5xx.
    """

    def __init__(self, message: str, answered: bool = False) -> None:
        self.answered = answered
        super().__init__(message)


LLMFault = Literal[
    "minute", "day", "money", "key", "model", "context", "content", "format", "rejected", "overloaded", "unreachable",
    "slow", "malformed", "thinking",
]  # fmt: skip
"""What a failed request failed for: a limit of the minute or the day, no money, the key, the model's name, a prompt
beyond the model's context, a text that the provider will not answer, an answer format that it does not know, another
refusal, too much load, no connection, no answer in time, an answer that cannot be read, thoughts that left no tokens
for the answer."""

OF_THE_PROMPT: frozenset[LLMFault] = frozenset({"context", "content", "rejected"})
"""Faults for which another request may pass."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that a provider bills although no answer came of them; `tokens_cached` are part of `tokens_in`."""

    tokens_in: int
    tokens_out: int
    tokens_cached: int = 0


class LLMError(ChorusError):
    """A request to the provider failed for `fault`; `sentence` is the provider's own, redacted and short, `code` its
    own word or status. `spent` is what was used for nothing, where that is known.
    """

    permanent = False
    fault: LLMFault = "unreachable"
    spent: Spent | None = None

    def __init__(self, message: str, fault: LLMFault | None = None, sentence: str = "", code: str = "") -> None:
        self.fault = fault or self.fault
        self.sentence = sentence
        self.code = code
        super().__init__(f"{message} It says: {sentence}" if sentence else message)

    @property
    def outcome(self) -> str:
        """Its name in the ledger and in metrics."""
        return type(self).__name__.removeprefix("LLM").lower()

    @property
    def blames_prompt(self) -> bool:
        """Whether the prompt may be the reason, so that another request may pass."""
        return self.fault in OF_THE_PROMPT


class LLMRateLimited(LLMError):
    """429 from the provider; retry after `seconds`."""

    fault: LLMFault = "minute"

    def __init__(self, seconds: float, fault: LLMFault | None = None, sentence: str = "", code: str = "") -> None:
        self.seconds = seconds
        super().__init__(f"The provider asks to wait {seconds:g} s.", fault, sentence, code)


class LLMUnavailable(LLMError):
    """No connection, a timeout or a 5xx answer: a later retry may help. `hung` is True for a timeout."""

    @property
    def hung(self) -> bool:
        """Whether no answer came in time."""
        return self.fault == "slow"


class LLMRejected(LLMError):
    """The provider refuses the request itself: key, model, money or content."""

    permanent = True
    fault: LLMFault = "key"


class LLMMalformed(LLMError):
    """The provider's answer does not have the requested form."""

    fault: LLMFault = "malformed"
