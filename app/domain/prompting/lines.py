"""Choice of a chat's lines and of a bot's own earlier statements for a prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.analysis.letters import fold_letters
from app.domain.conversation.views import MessageView
from app.domain.threads.messages import ThreadMessage
from app.domain.threads.thread import thread_of

HISTORY = 12
"""Number of newest lines when there is no thread: for a new topic, or a target that is gone."""

THREAD = 10
BESIDE_THREAD = 5
"""Number of newest lines of the rest of the chat, besides the target's thread."""

STATEMENTS = 4
SHORTEST_WORD = 4
STEM = 6
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a prompt, oldest first: `thread` belongs to the conversation of the target, `newest` does not."""

    thread: tuple[MessageView, ...]
    newest: tuple[MessageView, ...]


def as_thread_message(message: MessageView) -> ThreadMessage:
    """Converts a message for the linker; its id is Telegram's."""
    return ThreadMessage(
        id=message.telegram_message_id,
        author=message.author,
        text=message.text,
        seconds=message.sent_at.timestamp(),
        reply_to=message.reply_to,
    )


def choose_lines(messages: Sequence[MessageView], parents: Mapping[int, int], target: MessageView | None) -> Lines:
    """Returns the target's thread and the newest other lines, without the target itself.

    `messages` are oldest first, `parents` link them by their ids at Telegram.
    """
    if target is None:
        return Lines((), tuple(messages[-HISTORY:]))
    own = target.telegram_message_id
    in_thread = set(thread_of(parents, own, THREAD + 1))
    others = [message for message in messages if message.telegram_message_id != own]
    thread = tuple(message for message in others if message.telegram_message_id in in_thread)
    rest = [message for message in others if message.telegram_message_id not in in_thread]
    return Lines(thread, tuple(rest[-BESIDE_THREAD if in_thread else -HISTORY :]))


def choose_statements(own: Sequence[str], about: str) -> tuple[str, ...]:
    """Returns those of a bot's earlier texts that share the most words with `about`, in the order of `own`.

    Endings and short words are ignored.
    """
    wanted = _stems(about)
    shared = {place: len(wanted & _stems(text)) for place, text in enumerate(own)}
    closest = sorted((place for place in shared if shared[place]), key=lambda place: (-shared[place], place))
    return tuple(own[place] for place in sorted(closest[:STATEMENTS]))


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in WORD.findall(fold_letters(text)) if len(word) >= SHORTEST_WORD}
