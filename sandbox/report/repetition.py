"""Detects messages that a person in the group would see as repeated."""

from collections.abc import Iterable

from sandbox.report.telegram_facts import Addressing, BotMessage


def find_repeated(
    sent: Iterable[BotMessage], addressing: Addressing, start: float
) -> list[tuple[BotMessage, BotMessage]]:
    """Returns the messages since `start` (unix seconds) that repeat an earlier one, each after the one it repeats.

    A message repeats when its bot already

    - answered the same message of a person who had addressed that bot, in whatever words,
    - replied to the same message with the same text, or
    - since `start`, sent the same text in the same chat, ignoring case and white space, both times in reply to nothing.

    The same words in reply to another message were not sent twice: `find_words_again`.
    """
    seen: dict[tuple[object, ...], BotMessage] = {}
    repeated: list[tuple[BotMessage, BotMessage]] = []
    for message in sorted(sent, key=lambda one: one.t):
        keys = set(_keys_of(message, addressing, message.t >= start))
        if message.t >= start and (known := keys & seen.keys()):
            repeated.append((min((seen[key] for key in known), key=lambda one: one.t), message))
        for key in keys:
            seen.setdefault(key, message)
    return repeated


def find_words_again(sent: Iterable[BotMessage], start: float) -> list[BotMessage]:
    """Returns the replies since `start` (unix seconds) with the words of an earlier reply of their bot in their chat,
    to another message: written twice by the model, and sent once each.
    """
    seen: dict[tuple[object, ...], set[int | None]] = {}
    again: list[BotMessage] = []
    for message in sorted((one for one in sent if one.t >= start), key=lambda one: one.t):
        targets = seen.setdefault((message.bot_id, message.chat_id, _fold(message.text)), set())
        if targets and message.reply_to not in targets:
            again.append(message)
        targets.add(message.reply_to)
    return again


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _keys_of(message: BotMessage, addressing: Addressing, in_window: bool) -> Iterable[tuple[object, ...]]:
    text = _fold(message.text)
    if in_window and message.reply_to is None:
        yield "text", message.bot_id, message.chat_id, text
    target = addressing.target_of(message)
    if message.reply_to is not None:
        yield "reply", message.bot_id, message.chat_id, message.reply_to, text
    if target is not None and message.bot_id in addressing.bots_addressed(target):
        yield "answer", message.bot_id, message.chat_id, target.id
