"""Promises of profit: words of certainty bound to words of gain, in a claim that nobody denies or warns of.

What counts is the frame, not the phrase: certainty with gain ("guaranteed returns"), loss ruled out ("you can't lose"),
riches foretold to the reader ("you will double your money"), a rate of gain to be had by the day.
"""

from __future__ import annotations

import re
from itertools import islice

from app.domain.safety.clauses import is_denied, split_clauses, split_sentences
from app.domain.safety.promise_words import (
    ASSERTED,
    CLAIM,
    ELSEWHERE,
    GAIN,
    HARD,
    HEDGED,
    INCOME,
    LOSING,
    MACRO,
    MULTIPLIED,
    NO_LOSS,
    OFTEN,
    ONLY_UP,
    RATE,
    RISE,
    SAFE,
    SECOND_PERSON,
    SOFT,
    SURE_GAIN,
    SURELY_UP,
    WON,
)

NEAR = 60
"""Characters between certainty and gain that still belong together: about ten words."""

CLOSE = 25
BESIDE = 3
DENIED_GAIN = re.compile(r"\b(?:not|no|never|without|nothing) *$")
MOST = 30
"""Words of certainty in one clause that are looked at: nobody reads a clause with more."""

STEMS = (
    *"guar garan gaur risk lose losing loses lost loss fail profit gain return earn win rich million money".split(),
    *"cash fortune doubl tripl quadrupl multipl income yield payout roi reward jackpot moon pump soar".split(),
    *"skyrocket upside grow rise climb life capital saving invest deposit daily weekly monthly downside wealth".split(),
    *"kazan kar getiri gelir zengin katla para batma zarar kayip kaybe yuksel uca ucar firla tavan patla".split(),
    *"success artacak servet kose milyon gunde gunluk hafta ayda aylik".split(),
    *(
        " go up",
        "goes up",
        "going up",
        "only way",
        "work again",
        "sure thing",
        "sure bet",
        "sure shot",
        "less than",
        "thousand",
        "hundred",
        " day",
        " week",
        " month",
        "go down",
        "goes down",
    ),
    *("x ", "kat ", "%"),
)
"""Every frame needs one of these: looking for a piece of text is far quicker than a pattern."""

ANY = re.compile(
    "|".join(
        p.pattern
        for p in (HARD, SOFT, SAFE, SURE_GAIN, WON, NO_LOSS, ONLY_UP, SURELY_UP, MULTIPLIED, SECOND_PERSON, RATE)
    )
)


def promises_profit(text: str) -> bool:
    """Whether a folded text promises profit, or a gain without risk."""
    if not any(stem in text for stem in STEMS) or not ANY.search(text):
        return False
    return any(
        _promises(clause)
        for sentence in split_sentences(text)
        if not sentence.asks and not sentence.distances
        for clause in [sentence.text, *split_clauses(sentence.text)]
    )


def _promises(clause: str) -> bool:
    return any(frame(clause) for frame in FRAMES)


def _rules_out_loss(clause: str) -> bool:
    """ "You can't lose", "risk-free", "doubles your money"."""
    if ELSEWHERE.search(clause):
        return False
    found = [*WON.finditer(clause), *NO_LOSS.finditer(clause)]
    return any(not is_denied(clause, *match.span()) for match in found)


def _sees_only_a_rise(clause: str) -> bool:
    """A price that "only goes up", or rises "for sure"; what rates and taxes do is opinion."""
    if MACRO.search(clause) or HEDGED.search(clause):
        return False
    if any(not is_denied(clause, *match.span()) for match in ONLY_UP.finditer(clause)):
        return True
    pairs = [(sure, rise) for sure in SURELY_UP.finditer(clause) for rise in RISE.finditer(clause)]
    return any(_bound(clause, sure, rise, CLOSE) for sure, rise in pairs)


def _guarantees_gain(clause: str) -> bool:
    """Certainty of the hard kind with gain, or with a price that rises."""
    for sure in islice(HARD.finditer(clause), MOST):
        if _is_company(clause, sure):
            continue
        gains = _gains(clause)
        if any(_bound(clause, sure, gain, NEAR) for gain in gains):
            return True
    return False


def _gains(clause: str) -> list[re.Match[str]]:
    return [match for pattern in (GAIN, RISE, OFTEN, INCOME) for match in pattern.finditer(clause)]


def _assures_gain(clause: str) -> bool:
    """Softer certainty right beside gain ("sure profit", "kesin kazanc")."""
    if ELSEWHERE.search(clause) or HEDGED.search(clause):
        return False
    if any(not is_denied(clause, *match.span()) for match in SURE_GAIN.finditer(clause)):
        return True
    gains = [*GAIN.finditer(clause), *OFTEN.finditer(clause)]
    reach = CLOSE if CLAIM.search(clause) else BESIDE
    if any(_bound(clause, safe, gain, CLOSE) for safe in SAFE.finditer(clause) for gain in OFTEN.finditer(clause)):
        return True
    return any(_bound(clause, sure, gain, reach) for sure in islice(SOFT.finditer(clause), MOST) for gain in gains)


def _bound(clause: str, sure: re.Match[str], gain: re.Match[str], reach: int) -> bool:
    first, second = sorted((sure.span(), gain.span()))
    between = clause[first[1] : second[0]]
    if len(between) > reach or LOSING.search(between) or LOSING.match(clause[second[1] :].lstrip()):
        return False
    if DENIED_GAIN.search(between):
        return False
    return not is_denied(clause, first[0], second[1]) and not LOSING.search(clause[sure.end() : sure.end() + CLOSE])


def _is_company(clause: str, sure: re.Match[str]) -> bool:
    return ELSEWHERE.search(clause[max(0, sure.start() - 30) : sure.end() + 40]) is not None


def _foretells_riches(clause: str) -> bool:
    """What the reader will earn, and what is to be had by the day."""
    if HEDGED.search(clause) or ELSEWHERE.search(clause):
        return False
    found = [*MULTIPLIED.finditer(clause), *SECOND_PERSON.finditer(clause), *RATE.finditer(clause)]
    return any(not is_denied(clause, *match.span()) for match in found)


def _asserts(clause: str) -> bool:
    """A bare guarantee of "it", of results, of success."""
    marked = HARD.sub("GUARANTEED", clause)
    return any(not is_denied(marked, *match.span()) for match in ASSERTED.finditer(marked))


FRAMES = (_rules_out_loss, _sees_only_a_rise, _guarantees_gain, _assures_gain, _foretells_riches, _asserts)
