"""What is wrong with a provider that fails again and again, in words: what happens since when, and what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast, get_args

from app.domain.errors import LLMFault

STREAK = 3
"""Requests in a row that failed for a reason of the provider, after which no prompt is blamed any more."""

LASTING: frozenset[LLMFault] = frozenset({"key", "money", "model", "format", "thinking"})
"""Faults that stay until somebody changes something: one is enough."""

_ANOTHER = "add another one on the Providers page, or LLM_FALLBACK_MODEL"

_HAPPENS: dict[LLMFault, tuple[str, str]] = {
    "minute": (
        "allows fewer requests or tokens a minute than are configured",
        "lower its limits on the Providers page, or LLM_RPM and LLM_TPM, to what the key allows",
    ),
    "day": ("has answered all that the key allows for a day", f"wait, raise the limit at the provider, or {_ANOTHER}"),
    "money": ("has no money left on this account", f"pay at the provider, or {_ANOTHER}"),
    "key": ("refuses the key", "enter a key that it accepts, on the Providers page or in the environment"),
    "model": ("does not know the model", "correct its name on the Providers page, or LLM_MODEL"),
    "context": (
        "finds the prompts longer than the model's context",
        "set prompt_tokens lower on the settings page, or serve the model with a longer context",
    ),
    "content": ("refuses what the prompts are about", "read its sentence, and the personas and topics of the bots"),
    "format": (
        "does not know the answer format",
        "set its answer format to text on the Providers page, or LLM_ANSWER_FORMAT=text, or use another model",
    ),
    "thinking": (
        "thinks so long that nothing is left for the answer",
        "set its reasoning to none on the Providers page, or LLM_REASONING=none, or use another model",
    ),
    "rejected": (
        "refuses the requests",
        "read its sentence; check model, URL and limits on the Providers page, or LLM_MODEL and LLM_URL",
    ),
    "overloaded": ("is overloaded or broken", f"wait, or {_ANOTHER}"),
    "unreachable": (
        "cannot be reached",
        "check its URL on the Providers page, or LLM_URL, and the network, and that the server runs",
    ),
    "slow": (
        "does not answer in time",
        "raise LLM_TIMEOUT_S, lower LLM_BATCH_SIZE, or use a faster model or server",
    ),
    "malformed": (
        "answers in a form that cannot be read",
        "set its answer format to text on the Providers page, or LLM_ANSWER_FORMAT=text, or use another model",
    ),
}


@dataclass(frozen=True, slots=True)
class ProviderTrouble:
    """The unbroken row of failed requests to a model of a provider, up to now.

    `fault` and `sentence` (the provider's own words, may be empty) are those of the latest one, `since` is when the
    first was made, `requests` how many were.
    """

    provider: str
    model: str
    fault: LLMFault
    sentence: str
    since: dt.datetime
    requests: int

    @property
    def is_certain(self) -> bool:
        """Whether the provider is the reason, and not the prompts."""
        return self.fault in LASTING or self.requests >= STREAK

    @property
    def what(self) -> str:
        """What happens, since when."""
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        happens = tell_fault(self.fault)
        return f"{self.provider} {happens} ({self.model}), since {self.since:%Y-%m-%d %H:%M} UTC, {requests}."

    @property
    def cure(self) -> str:
        """What to do."""
        return _HAPPENS[self.fault][1]

    @property
    def words(self) -> str:
        """All of it in one line."""
        said = f" It says: {self.sentence}" if self.sentence else ""
        return f"{self.what}{said} Meanwhile prompts wait. To do: {self.cure}."


def tell_fault(fault: LLMFault) -> str:
    """Returns what a provider does when a request fails for `fault`, as "refuses the key"."""
    return _HAPPENS[fault][0]


def as_fault(word: str) -> LLMFault:
    """Returns a stored word as a fault; "rejected" for one that this version does not know."""
    return cast(LLMFault, word) if word in get_args(LLMFault) else "rejected"
