"""Parser of Telegram's HTML parse mode (core.telegram.org/bots/api#html-style) into plain text and entities."""

import html
import re
from dataclasses import dataclass, field

from sandbox.telegram.entities import Entity, utf16_length

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
}
_TOKEN = re.compile(r"<|&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w.-]+))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+)))?")
_USER_LINK = re.compile(r"tg://user\?id=(\d+)\Z")


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Parser:
    source: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def add_text(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16_length(text)

    def run(self) -> None:
        position = 0
        while (token := _TOKEN.search(self.source, position)) is not None:
            self.add_text(self.source[position : token.start()])
            if token.group() != "<":
                self.add_text(html.unescape(token.group()))
                position = token.end()
            else:
                position = self.read_tag(token.start())
        self.add_text(self.source[position:])
        if self.stack:
            raise ValueError(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')

    def read_tag(self, position: int) -> int:
        byte_offset = len(self.source[:position].encode())
        match = _TAG.match(self.source, position)
        if match is None:
            raise ValueError(f"Unclosed start tag at byte offset {byte_offset}")
        tag = match.group(2).lower()
        if match.group(1):
            self.close_tag(tag, byte_offset)
        else:
            self.open_tag(tag, match.group(3), byte_offset)
        return match.end()

    def open_tag(self, tag: str, attributes: str, byte_offset: int) -> None:
        values = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(attributes)}
        known = tag in _TYPES and (tag != "span" or values.get("class") == "tg-spoiler")
        if not known:
            raise ValueError(f'Unsupported start tag "{tag}" at byte offset {byte_offset}')
        self.stack.append(_Open(tag, self.length, values))

    def close_tag(self, tag: str, byte_offset: int) -> None:
        if not self.stack:
            raise ValueError(f"Unexpected end tag at byte offset {byte_offset}")
        opened = self.stack.pop()
        if opened.tag != tag:
            raise ValueError(
                f'Unmatched end tag at byte offset {byte_offset}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self.length > opened.offset:
            self.add_entity(opened)

    def add_entity(self, opened: _Open) -> None:
        details = _describe(opened)
        if details is None:
            return
        span = {"offset": opened.offset, "length": self.length - opened.offset}
        language = opened.attributes.get("class", "")
        inside_pre = opened.tag == "code" and self.stack and self.stack[-1].tag == "pre"
        if inside_pre and language.startswith("language-"):
            self.stack[-1].attributes["language"] = language.removeprefix("language-")
            return
        self.entities.append({**details, **span})


def _describe(opened: _Open) -> Entity | None:
    """Returns the entity of a closed tag; None for a link without an address, which Telegram drops."""
    kind = _TYPES[opened.tag]
    if opened.tag == "a":
        return _describe_link(html.unescape(opened.attributes.get("href", "")))
    if opened.tag == "tg-emoji":
        return {"type": kind, "custom_emoji_id": opened.attributes.get("emoji-id", "")}
    if opened.tag == "pre" and "language" in opened.attributes:
        return {"type": kind, "language": opened.attributes["language"]}
    if opened.tag == "blockquote" and "expandable" in opened.attributes:
        return {"type": "expandable_blockquote"}
    return {"type": kind}


def _describe_link(address: str) -> Entity | None:
    person = _USER_LINK.match(address)
    if person is not None:
        return {"type": "text_mention", "user_id": int(person.group(1))}
    return {"type": "text_link", "url": address} if address else None


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Returns the plain text and its entities, by offset; a text_mention carries `user_id` to be resolved.

    Raises ValueError with Telegram's texts (tdlib's parse_html) when the markup is not well formed.
    """
    parser = _Parser(source)
    parser.run()
    entities = sorted(parser.entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(parser.parts), entities
