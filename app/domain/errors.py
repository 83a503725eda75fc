"""The errors Chorus raises on purpose. Each text tells its reader what is wrong and what to do."""

from __future__ import annotations


class ChorusError(Exception):
    """Base of every error whose text may be shown to an operator as it is."""


class ConfigError(ChorusError):
    """One or more settings are missing or wrong; `problems` holds one line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The configuration is not usable:\n" + "\n".join(f"  - {p}" for p in problems))


class InvalidInput(ChorusError):
    """What an operator or a client sent cannot be used. `field` names where, `message` says the fix."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class NotFound(ChorusError):
    """The thing asked for does not exist (any more)."""


class Unreachable(ChorusError):
    """A server that Chorus needs (Postgres, Redis) does not answer."""


class WebError(ChorusError):
    """Something on the web could not be read; `retry_after_s` is the wait that its server asks for."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class AddressRefused(WebError):
    """The address may not be reached from here, or is none."""


class PageGone(WebError):
    """410: it was taken away for good."""


class NotAFeed(WebError):
    """What was read is no RSS or Atom feed."""


class TelegramError(ChorusError):
    """A Bot API call failed. `permanent` says whether trying again can ever help."""

    permanent = False


class RetryAfter(TelegramError):
    """429: this token must leave this chat alone for `seconds`."""

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


class ChatMigrated(TelegramError):
    """The group became a supergroup with another id."""

    permanent = True

    def __init__(self, new_chat_id: int) -> None:
        self.new_chat_id = new_chat_id
        super().__init__(f"The group is now the supergroup {new_chat_id}.")


class BadRequest(TelegramError):
    """400: this exact request can never succeed."""

    permanent = True


class ChatNotFound(BadRequest):
    """The chat does not exist for this bot."""


class TargetGone(BadRequest):
    """The message to answer or to react to is not there (any more)."""


class ServerError(TelegramError):
    """5xx, or an answer that is not the Bot API's: the request was refused, trying later may help."""


class NotConnected(TelegramError):
    """No connection could be made: nothing was sent, so the same request may be sent again."""


class OutcomeUnknown(TelegramError):
    """The request was written and no answer came: it may or may not have been carried out."""


class LLMError(ChorusError):
    """A request to the provider failed."""

    permanent = False


class LLMRateLimited(LLMError):
    """429 from the provider; come back in `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"The provider asks to wait {seconds:g} s.")


class LLMUnavailable(LLMError):
    """No connection, a timeout or a 5xx answer: trying later may help. `hung` says that it was a timeout."""

    def __init__(self, message: str, hung: bool = False) -> None:
        self.hung = hung
        super().__init__(message)


class LLMRejected(LLMError):
    """The provider refuses the request itself: key, model or content.

    `blames_prompt` says that the content may be why, so that another request may well pass.
    """

    permanent = True

    def __init__(self, message: str, blames_prompt: bool = False) -> None:
        self.blames_prompt = blames_prompt
        super().__init__(message)


class LLMMalformed(LLMError):
    """The provider answered, but not in the form that was asked for."""
