"""From the bytes of a feed to its text: byte order marks, declarations, and what servers say of the charset."""

from __future__ import annotations

import codecs
import re

STARTS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""First bytes that leave one encoding only: https://www.w3.org/TR/xml/#sec-guessing"""

UNFIT = re.compile(r"utf-(7|16|32)|idna|punycode|unicode.?escape|undefined|mbcs|oem")
"""Codecs that a text with a legible declaration cannot be in, or that would hide markup from a scan."""

DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
UNREADABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
"""What XML 1.0 does not know (https://www.w3.org/TR/xml/#charsets), NUL and halves of pairs among it; order marks."""

ESCAPE = b"\x1b"
DAMAGED = "\ufffd"


def decode_document(body: bytes, content_type: str = "") -> str:
    """Returns the text of a document without characters that XML does not know; never fails."""
    start = next((name for mark, name in STARTS if body.startswith(mark)), None)
    return UNREADABLE.sub("", body.decode(start, "replace") if start else _decode_declared(body, content_type))


def _decode_declared(body: bytes, content_type: str) -> str:
    """Decodes by trial: UTF-8 first, as few other texts pass for it, but for escapes of 7-bit encodings (ISO-2022)."""
    declared, told = DECLARED.search(body[:1024]), CHARSET.search(content_type)
    names = [declared[1].decode()] if declared else []
    names += [told[1]] if told else []
    for name in [*names, "utf-8"] if ESCAPE in body else ["utf-8", *names]:
        if not _is_fit(name):
            continue
        try:
            return body.decode(name, "surrogatepass" if name == "utf-8" else "strict")
        except (UnicodeError, ValueError):
            continue
    return _decode_damaged(body)


def _decode_damaged(body: bytes) -> str:
    """Decodes what is in no known encoding: UTF-8 without its damaged bytes when most of it is sound, else cp1252."""
    text = body.decode("utf-8", "replace")
    damaged = text.count(DAMAGED)
    foreign = sum(char > "\x7f" for char in text) - damaged
    return text.replace(DAMAGED, "") if foreign > damaged else body.decode("cp1252", "replace")


def _is_fit(name: str) -> bool:
    """Returns whether `name` is a codec of texts that may be tried."""
    try:
        known = codecs.lookup(name)
    except LookupError:
        return False
    return known._is_text_encoding and not UNFIT.match(known.name)
