"""The thread of one message, from the links of a chat."""

from __future__ import annotations

from collections.abc import Mapping


def thread_of(parents: Mapping[int, int], target: int, limit: int) -> tuple[int, ...]:
    """Returns ids of the messages of `target`'s conversation, itself included, oldest first, at most `limit`.

    `parents` are links as `link_messages` returns them. The target's ancestors have priority over the rest of the
    conversation, and nearer messages over farther ones.
    """
    if target not in parents:
        return ()
    led = _lead_to(parents, target)
    roots: dict[int, int] = {}
    for message in sorted(parents):
        parent = parents[message]
        roots[message] = message if parent == message else roots.get(parent, parent)
    others = [message for message, root in roots.items() if root == roots[target] and message not in led]
    others.sort(key=lambda message: abs(message - target))
    return tuple(sorted([*led, *others][: max(0, limit)]))


def _lead_to(parents: Mapping[int, int], target: int) -> dict[int, None]:
    """Returns the target and its ancestors, nearest first, without duplicates."""
    found = {target: None}
    message = target
    while (message := parents[message]) in parents and message not in found:
        found[message] = None
    return found
