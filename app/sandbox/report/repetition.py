"""What a person in the group would call said twice."""

from collections.abc import Iterable

from app.sandbox.report.telegram_facts import Addressing, BotMessage


def count_repeated(sent: Iterable[BotMessage], addressing: Addressing, start: float) -> int:
    """How many of the messages since `start` (unix seconds) said something again. A message does when its bot already

    - answered the same message of a person who had spoken to that bot, in whatever words,
    - replied to the same message with the same text, or
    - since `start`, said the same text in the same chat, differences of case and white space aside.
    """
    seen: set[tuple[object, ...]] = set()
    repeated = 0
    for message in sorted(sent, key=lambda one: one.t):
        keys = set(_keys_of(message, addressing, message.t >= start))
        if message.t >= start and keys & seen:
            repeated += 1
        seen |= keys
    return repeated


def _keys_of(message: BotMessage, addressing: Addressing, in_window: bool) -> Iterable[tuple[object, ...]]:
    text = " ".join(message.text.casefold().split())
    if in_window:
        yield "text", message.bot_id, message.chat_id, text
    target = addressing.target_of(message)
    if message.reply_to is not None:
        yield "reply", message.bot_id, message.chat_id, message.reply_to, text
    if target is not None and message.bot_id in addressing.bots_addressed(target):
        yield "answer", message.bot_id, message.chat_id, target.id
