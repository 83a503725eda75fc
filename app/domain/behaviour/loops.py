"""The loop breaker, which stops bots from answering each other endlessly.

A reply is refused when it would make a chain of bots, each answering the one before without a person in between,
longer than `loop_depth`; and during the cool-off of the two bots after `loop_replies` replies within
`loop_window_min`. A chain whose first message is not among those given has an unknown length and counts as too long.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from app.domain.conversation.views import MessageView
from app.domain.settings import FleetSettings

ENDLESS = 1_000_000


def measure_chains(messages: Sequence[MessageView]) -> dict[int, int]:
    """Returns the length of the bots' chain up to each message, by Telegram's id; 0 for a person's. Oldest first."""
    lengths: dict[int, int] = {}
    for message in messages:
        if message.author_bot_id is None:
            length = 0
        elif message.reply_to is None:
            length = 1
        else:
            length = lengths.get(message.reply_to, ENDLESS) + 1
        lengths[message.telegram_message_id] = length
    return lengths


def find_looping_partners(
    messages: Sequence[MessageView], bot_id: int, now: dt.datetime, settings: FleetSettings
) -> frozenset[int]:
    """Returns the bots that this one must not answer, nor they it, during the cool-off."""
    times = _list_exchanges(messages, bot_id)
    return frozenset(other for other, replies in times.items() if _is_hot(replies, now, settings))


def _list_exchanges(messages: Sequence[MessageView], bot_id: int) -> Mapping[int, list[dt.datetime]]:
    """Returns the times of replies between the bot and each other one, oldest first, by the other one's id."""
    authors = {message.telegram_message_id: message.author_bot_id for message in messages}
    times: dict[int, list[dt.datetime]] = {}
    for message in messages:
        author = message.author_bot_id
        answered = authors.get(message.reply_to) if author is not None and message.reply_to is not None else None
        if author is None or answered is None or author == answered or bot_id not in {author, answered}:
            continue
        times.setdefault(answered if author == bot_id else author, []).append(message.sent_at)
    return times


def _is_hot(replies: Sequence[dt.datetime], now: dt.datetime, settings: FleetSettings) -> bool:
    """Returns whether `loop_replies` of `replies` fell within the window and the cool-off after them is not over."""
    window, cooloff = dt.timedelta(minutes=settings.loop_window_min), dt.timedelta(minutes=settings.loop_cooloff_min)
    most = settings.loop_replies
    return any(
        last - first <= window and now - last < cooloff
        for first, last in zip(replies, replies[most - 1 :], strict=False)
    )
