"""Features for whether one line answers another, or starts a conversation.

They follow the features of Kummerfeld et al. 2019 (https://aclanthology.org/P19-1374): distance, speakers, names,
words; and add those of earlier links: who talks to whom, and in which conversation.
"""

from __future__ import annotations

import math

from app.domain.threads.reading import Reader
from app.domain.threads.room import Arrival, Line

Numbers = tuple[float, ...]

NEVER = 1000
PAIR_NUMBERS = 76
"""Number of features that `describe_pair` returns."""


def describe_arrival(new: Arrival) -> Numbers:
    """Returns the features of the line itself, independent of what it answers."""
    own = new.last_own
    return (
        *new.reading.marks,
        math.log1p(new.pace),
        math.log1p(new.voices),
        float(own is None),
        math.log1p(new.number - own.number) if own else 8.0,
        math.log1p(new.seconds - own.seconds) if own else 12.0,
        math.log1p(new.speaker.turns),
        float(own is not None and own.answers_to is None),
        float(own.answers if own else 0),
        math.log1p(new.speaker.named_since(own.number) if own else len(new.speaker.named_at)),
        float(new.partner is not None),
        math.log1p(new.reading.weight),
        float("bot" in new.speaker.key),
    )


def describe_pair(new: Arrival, old: Line, reader: Reader) -> Numbers:
    """Returns the features of a line and one that it may answer."""
    return (
        *_distance(new, old),
        *_people(new, old),
        *_talk(new, old),
        *_words(new, old, reader),
        *_conversation(new, old),
        *old.reading.marks,
    )


def _distance(new: Arrival, old: Line) -> Numbers:
    places, seconds = new.number - old.number, max(0.0, new.seconds - old.seconds)
    return (
        float(places == 1),
        float(places == 2),
        float(places == 3),
        float(places <= 5),
        math.log1p(places),
        1 / places,
        float(seconds < 60),
        math.log1p(seconds),
        math.log1p(seconds / new.pace),
    )


def _people(new: Arrival, old: Line) -> Numbers:
    """Returns features of speakers and named people."""
    key, other = new.speaker.key, old.speaker.key
    mine, theirs = new.reading, old.reading
    own = key == other
    named, addressed = other in mine.named, other in mine.addressed
    return (
        float(own),
        float(named and not own),
        float(addressed and not own),
        float(bool(mine.addressed) and not addressed and not own),
        float(key in theirs.named),
        float(key in theirs.addressed),
        float(bool(theirs.addressed) and key not in theirs.addressed and not own),
        float(bool(theirs.addressed) and own),
        float(own and mine.addressed == theirs.addressed and bool(mine.addressed)),
        float(own and bool(mine.addressed) and bool(theirs.addressed) and mine.addressed != theirs.addressed),
        float(not own and not mine.named.isdisjoint(theirs.named)),
        float("bot" in other),
        float(not own and not theirs.named and theirs.marks[1] > 0),
    )


def _talk(new: Arrival, old: Line) -> Numbers:
    """Returns features of who talked to whom, and of the lines between."""
    me, they, number = new.speaker, old.speaker, old.number
    own = me is they
    since_they, since_me = they.said_since(number), me.said_since(number)
    to_them, to_me = me.spoken_to.get(they.key, -NEVER), they.spoken_to.get(me.key, -NEVER)
    return (
        float(since_they == 0),
        math.log1p(since_they),
        float(since_me == 0),
        math.log1p(since_me),
        float(not own and me.last_addressee == they.key),
        float(not own and they.last_addressee == me.key),
        1 / (1 + math.log1p(new.number - to_them)) if not own else 0.0,
        1 / (1 + math.log1p(new.number - to_me)) if not own else 0.0,
        float(me.key in old.reading.named and me.named_since(number) == 0),
        math.log1p(they.named_since(number)),
        math.log1p(they.turns),
        float(they.turns - since_they == 1),
        float(new.partner is they),
    )


def _words(new: Arrival, old: Line, reader: Reader) -> Numbers:
    """Returns features of shared words, weighted by rarity."""
    mine, theirs = new.reading, old.reading
    common = mine.words & theirs.words
    shared = reader.rarity_of(common) if common else 0.0
    talk = mine.words & old.conversation.words
    told = reader.rarity_of(talk) if talk else 0.0
    return (
        math.log1p(len(common)),
        shared / (1 + math.sqrt(mine.weight * theirs.weight)),
        math.log1p(shared),
        told / (1 + mine.weight),
        math.log1p(told),
        math.log1p(theirs.weight),
    )


def _conversation(new: Arrival, old: Line) -> Numbers:
    """Returns features of the earlier links."""
    talk, key, named = old.conversation, new.speaker.key, new.reading.named
    asked = old.answers_to
    own, partner = new.last_own, new.partner
    return (
        float(asked is None),
        float(asked is new.speaker and old.speaker is not new.speaker),
        float(asked is old.speaker),
        float(key in talk.speakers),
        float(own is not None and talk is own.conversation),
        float(partner is not None and bool(partner.lines) and talk is partner.lines[-1].conversation),
        float(talk.last == old.number),
        math.log1p(new.number - talk.last),
        math.log1p(talk.size),
        float(len(talk.speakers) == 1),
        float(len(talk.speakers) > 2),
        math.log1p(old.answers),
        float(old.answered_by == key),
        float(not named.isdisjoint(old.named_there)),
        float(not named.isdisjoint(talk.speakers)),
    )
