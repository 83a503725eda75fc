"""Choice of a chat's ingest leader: the bot whose copies of people's messages are processed.

The other bots' copies wait a few seconds and end as duplicates. When the leader's copy does not come, theirs are
processed, and the bot that delivered the missing message becomes the leader: no failure detection is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PATIENCE_S = 3.0
"""Seconds that other copies wait for the leader's."""


def choose_leader(leader: int | None, receivers: Mapping[int, bool], bringers: Sequence[int]) -> int | None:
    """Returns the leader of a chat after `bringers` delivered messages that were new.

    `receivers` are the bots that get the chat's messages now (members, in service), with whether they read all of them.
    A leader that delivered something stays. Otherwise, or if it is no receiver, a bringer replaces it; one in privacy
    mode only if there is no other.
    """
    reading = [bot for bot in bringers if receivers.get(bot)]
    if reading:
        return leader if leader in reading else reading[0]
    readers = [bot for bot, reads_all in receivers.items() if reads_all]
    if readers:
        return leader if leader in readers else min(readers)
    return leader if leader in receivers else next((bot for bot in bringers if bot in receivers), None)
