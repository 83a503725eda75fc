"""Which of a chat's bots is its leader: the one whose copies of what people say are processed.

The others' copies wait a few seconds and end as duplicates. When the leader's copy does not come, theirs are
due, and the bot that brought what the leader did not is the leader from then on: nobody has to notice that it fell
silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PATIENCE_S = 3.0
"""Seconds by which the leader's copy may be late."""


def choose_leader(leader: int | None, receivers: Mapping[int, bool], bringers: Sequence[int]) -> int | None:
    """The leader of a chat after `bringers` brought messages that nobody had brought before.

    `receivers` are the bots that can hear the chat now (in it, in service), with whether they read all messages. A
    leader that brought something stays. One that did not, or cannot hear, gives way to a bringer, which should read all
    messages: a bot in privacy mode is chosen only where nobody else is there.
    """
    reading = [bot for bot in bringers if receivers.get(bot)]
    if reading:
        return leader if leader in reading else reading[0]
    readers = [bot for bot, reads_all in receivers.items() if reads_all]
    if readers:
        return leader if leader in readers else min(readers)
    return leader if leader in receivers else next((bot for bot in bringers if bot in receivers), None)
