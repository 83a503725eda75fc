"""References to characters in feeds (&amp;, &nbsp;, &#39;), and every & and < that is none."""

from __future__ import annotations

import re
from html import unescape as unescape_number
from html.entities import html5
from xml.sax.saxutils import escape

REFERENCE = re.compile(r"&(?:(?P<number>#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,8}))|(?P<name>[A-Za-z][A-Za-z0-9]{0,31}));")
MARK = re.compile(REFERENCE.pattern + r"|&|<(?![A-Za-z_:/!?\x80-\U0010ffff])")
PAIR = re.compile(r"&#(x[dD][89abAB][0-9a-fA-F]{2}|5[56][0-9]{3});&#(x[dD][c-fC-F][0-9a-fA-F]{2}|5[67][0-9]{3});")
"""A character beyond U+FFFF as two halves, as some writers of feeds do; XML knows no halves."""

XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
QUOTE = {'"': "&quot;"}


def unescape(text: str) -> str:
    """Replaces HTML's references, which end in a semicolon; unknown ones stay, those to no character go."""
    return REFERENCE.sub(_character, join_pairs(text))


def resolve_for_xml(text: str) -> str:
    """Returns markup that has only XML's own references: names of HTML become characters, a bare & or < is escaped."""
    return MARK.sub(_resolve, text)


def join_pairs(text: str) -> str:
    """Replaces two references to the halves of a surrogate pair by the character."""
    return PAIR.sub(_join, text)


def _character(found: re.Match[str]) -> str:
    if found["name"]:
        return html5.get(f"{found['name']};", found[0])
    return unescape_number(found[0]).replace("\ufffd", "")


def _resolve(found: re.Match[str]) -> str:
    if found["number"]:
        return found[0] if _is_legible(_code(found["number"])) else ""
    if found["name"] in XML_NAMES:
        return found[0]
    return escape(_character(found) if found["name"] else found[0], QUOTE)


def _join(found: re.Match[str]) -> str:
    high, low = _code(f"#{found[1]}") - 0xD800, _code(f"#{found[2]}") - 0xDC00
    return chr(0x10000 + (high << 10) + low) if 0 <= high < 0x400 and 0 <= low < 0x400 else ""


def _code(number: str) -> int:
    """Returns the code of a number as in a reference: #65 or #x41."""
    return int(number[2:], 16) if number[1] in "xX" else int(number[1:])


def _is_legible(code: int) -> bool:
    """Returns whether XML 1.0 knows the character: https://www.w3.org/TR/xml/#charsets"""
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
