"""Which of a chat's bots is its ear: the one whose copies of what people say are worked in.

The others' copies wait a few seconds and end as duplicates. When the ear's copy does not come, theirs are due, and the
bot that brought what the ear did not is the ear from then on: nobody has to notice that the ear fell silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PATIENCE_S = 3.0
"""Seconds by which the ear's copy may be late."""


def choose_ear(ear: int | None, hearers: Mapping[int, bool], bringers: Sequence[int]) -> int | None:
    """The ear of a chat after `bringers` brought messages that nobody had brought before.

    `hearers` are the bots that can hear the chat now (in it, in service), with whether they read all messages. An ear
    that brought something stays. One that did not, or cannot hear, gives way to a bringer, which should read all
    messages: a bot in privacy mode is chosen only where nobody else is there.
    """
    reading = [bot for bot in bringers if hearers.get(bot)]
    if reading:
        return ear if ear in reading else reading[0]
    readers = [bot for bot, reads_all in hearers.items() if reads_all]
    if readers:
        return ear if ear in readers else min(readers)
    return ear if ear in hearers else next((bot for bot in bringers if bot in hearers), None)
