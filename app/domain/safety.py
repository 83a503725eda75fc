"""The outgoing filter: what no bot of Chorus says. It runs last, on the exact text that is sent."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.domain.analysis.letters import fold_letters

Check = Callable[[str], str | None]

PROFIT = re.compile(
    r"\b(?:guarante\w*|risk[- ]?free|can'?t lose|cannot lose|sure(?:fire)? (?:profit|gains?|win)|double your money|"
    r"garanti\w*|kesin kazan\w*|risksiz|ikiye katla\w*)\b"
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[a-z]{2,}")
NUMBER = re.compile(r"(?<![\w.$])\+?\d(?:[ ().-]{0,2}\d){9,18}(?!\w)")
"""Ten to nineteen digits: phone numbers (at most 15, ITU-T E.164) and card numbers (at most 19, ISO/IEC 7812)."""
NOT_A_NUMBER = re.compile(r"(?<![\d.-])(?:\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|0\.\d+)(?![\d.-])")
"""Dates and small decimals, which are long runs of digits too."""
IBAN = re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?\b")
IBAN_DIGITS = 10
"""Fewest digits of a candidate that counts: `US10 rate went down` has the shape of an IBAN."""
LINK = re.compile(r"(?:https?://|www\.|\bt\.me/)\S+")
EVERYONE = re.compile(r"@(?:all|everyone|here|channel|herkes)\b")
HUMAN = re.compile(
    r"\bi(?:'m| am) (?:a |an )?(?:real |actual )?(?:human|person)\b"
    r"|\bben (?:bir |gerçek )?insanim\b|\bi(?:'m| am) not a bot\b"
)
HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\U000e0000-\U000e01ef]"
)
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ′`´", "'"))


def check_safety(text: str) -> str | None:
    """None when `text` may be sent, else the reason code of the first check that refuses it."""
    folded = fold(text)
    return next((reason for check in CHECKS if (reason := check(folded))), None)


def fold(text: str) -> str:
    """`text` as a reader takes it: hidden characters removed, compatibility forms, case and apostrophes unified."""
    return fold_letters(HIDDEN.sub("", text).translate(APOSTROPHES))


def promises_profit(text: str) -> str | None:
    """Refuses promises of gain without risk."""
    return "promises_profit" if PROFIT.search(text) else None


def holds_personal_data(text: str) -> str | None:
    """Refuses e-mail addresses, phone numbers, card numbers and IBANs."""
    ibans = (match for match in IBAN.findall(text) if sum(map(str.isdigit, match)) >= IBAN_DIGITS)
    found = EMAIL.search(text) or any(ibans) or NUMBER.search(NOT_A_NUMBER.sub("|", text))
    return "personal_data" if found else None


def holds_a_link(text: str) -> str | None:
    """Refuses links: no allowlist is configured."""
    return "link" if LINK.search(text) else None


def calls_everyone(text: str) -> str | None:
    """Refuses a call to the whole group."""
    return "calls_everyone" if EVERYONE.search(text) else None


def claims_to_be_human(text: str) -> str | None:
    """Refuses to deny being a bot."""
    return "claims_to_be_human" if HUMAN.search(text) else None


CHECKS: tuple[Check, ...] = (
    promises_profit,
    holds_personal_data,
    holds_a_link,
    calls_everyone,
    claims_to_be_human,
)
