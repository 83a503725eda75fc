"""Cached reply links of the chats that this process generates for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from app.domain.conversation.views import MessageView
from app.domain.prompting.lines import as_thread_message
from app.domain.threads.linker import Linker

CHATS = 200
"""Chats whose links are cached; a link takes about half a millisecond, so that a lost chat costs some 30 ms."""

LINKS = 300


@dataclass(slots=True)
class _Chat:
    linker: Linker = field(default_factory=Linker)
    parents: dict[int, int] = field(default_factory=dict)
    newest: int = 0


class ChatThreads:
    """Links each chat's messages as they come, each once. Shared by the process's threads."""

    def __init__(self) -> None:
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._lock = Lock()

    def link(self, chat_id: int, messages: Sequence[MessageView]) -> Mapping[int, int]:
        """Maps each of `messages`, the chat's newest, to the Telegram id it answers, its own if it starts a thread.

        When none of them was seen before, messages are missing in between, and the chat is linked from scratch. A
        message that arrives after newer ones were linked is left out.
        """
        ordered = sorted(messages, key=lambda message: message.telegram_message_id)
        with self._lock:
            chat = self._chats.pop(chat_id, None)
            if chat is None or not ordered or ordered[0].telegram_message_id > chat.newest:
                chat = _Chat()
            self._chats[chat_id] = chat
            if len(self._chats) > CHATS:
                self._chats.popitem(last=False)
            for message in ordered:
                if message.telegram_message_id > chat.newest:
                    chat.newest = message.telegram_message_id
                    chat.parents[chat.newest] = chat.linker.link(as_thread_message(message))
            for old in list(chat.parents)[:-LINKS]:
                del chat.parents[old]
            known = {message.telegram_message_id for message in ordered}
            return {message: parent for message, parent in chat.parents.items() if message in known}
