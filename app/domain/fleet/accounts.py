"""The account of a token, and what keeps its updates away."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

ProblemKind = Literal["other_poller", "webhook", "other_account", "rest"]

PROBLEM_KINDS: tuple[ProblemKind, ...] = ("other_poller", "webhook", "other_account", "rest")
LONG_REST_S = 60.0
"""Seconds; a shorter rest that Telegram asks for is nothing to tell an operator."""
OTHER_ACCOUNT: tuple[ProblemKind, ...] = ("other_account",)
LABELS: dict[str, str] = {
    "other_poller": "polled elsewhere",
    "webhook": "webhook set",
    "other_account": "wrong server",
    "rest": "told to wait",
}
WHAT: dict[str, str] = {
    "other_poller": "another program polls this token since {since} (last seen {seen}) and takes its messages away",
    "webhook": "a webhook is set for it since {since} (last seen {seen}), so that Telegram gives the poller nothing",
    "other_account": "since {since} (last seen {seen}) the server answers for another bot than this token's",
    "rest": "Telegram told it at {since} to ask for nothing until {until}",
}
FIXES: dict[str, str] = {
    "other_poller": "stop that program, or get a new token (@BotFather: /revoke) and enter it on the bot's page",
    "webhook": "`chorus token check` deletes it, as the hourly check does; if it comes back, another program sets it",
    "other_account": "check TELEGRAM_URL and the proxy before it; until then nothing is polled for this bot",
    "rest": "nothing to do: it hears again after that by itself",
}


@dataclass(frozen=True, slots=True)
class BotProblem:
    """Why a bot does not hear since `since`, last seen at `seen_at`; `until` (UTC) is the end of a rest."""

    kind: ProblemKind
    since: dt.datetime
    seen_at: dt.datetime
    until: dt.datetime | None = None

    @property
    def label(self) -> str:
        """The problem in two words."""
        return LABELS[self.kind]

    @property
    def what(self) -> str:
        """What is wrong, in a clause for an operator."""
        since, until = (f"{at:%Y-%m-%d %H:%M} UTC" if at else "later" for at in (self.since, self.until))
        return WHAT[self.kind].format(since=since, seen=f"{self.seen_at:%H:%M}", until=until)

    @property
    def fix(self) -> str:
        """What to do."""
        return FIXES[self.kind]

    @property
    def words(self) -> str:
        """What is wrong and what to do, in a sentence."""
        return f"{self.what[0].upper()}{self.what[1:]}: {self.fix}."


def account_of(token: str) -> int | None:
    """Returns the number of the account that a token is for, which is its first part; None for no such form."""
    number = token.partition(":")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else None
