"""Telegram's HTML parse mode and message length: https://core.telegram.org/bots/api#html-style"""

from __future__ import annotations

import html

TEXT_LIMIT = 4096
"""Most UTF-16 code units of a message, counted after its entities: https://core.telegram.org/bots/api#sendmessage"""


def to_html(text: str) -> str:
    """Escapes `text` for the HTML parse mode, which then shows it unchanged."""
    return html.escape(text, quote=False)


def utf16_length(text: str) -> int:
    """Returns the length of `text` in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
