"""Documents that may be feeds: what is refused unread and in which words, and repairs of what is read."""

from __future__ import annotations

import re

from app.domain.feeds.references import join_pairs, resolve_for_xml

SKIPPED = (("<?", "?>"), ("<!--", "-->"))
CDATA, CDATA_END = "<![CDATA[", "]]>"
HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
NETSCAPE = re.compile(
    r'<!DOCTYPE\s+rss\s+PUBLIC\s+"-//Netscape Communications//DTD RSS 0\.91//EN"[^\[>]{0,200}>', re.IGNORECASE
)
"""The one declaration that is let pass: RSS 0.91 asks for it, and it declares nothing itself."""

XML_DECLARATION = re.compile(r"<\?xml\s[^>]{0,500}?\?>")
ENTRY = re.compile(r"<(?:[A-Za-z]{1,20}:)?(?:item|entry)[\s/>]")
ENDS = {"<rss": "</channel></rss>", "<feed": "</feed>", "<rdf:rdf": "</rdf:RDF>"}

NO_FEED = "is no RSS or Atom feed that can be read"
LOOK_THERE = "look on its site for the address of an RSS or Atom feed"
WEB_PAGE = "is a web page and no feed; look there for the address of its RSS or Atom feed"
DECLARES = (
    "declares a document type (<!DOCTYPE …>), which can blow up its reader and is not read; find a feed without one"
)
BEGINNINGS = (
    ("{", f"{NO_FEED}: it is JSON, perhaps a JSON Feed; {LOOK_THERE}"),
    ("[", f"{NO_FEED}: it is JSON; {LOOK_THERE}"),
    ("%pdf", f"{NO_FEED}: it is a PDF; {LOOK_THERE}"),
    ("<opml", f"{NO_FEED}: it is a list of feeds (OPML); add the feeds in it one by one"),
    ("<urlset", f"{NO_FEED}: it is a sitemap; {LOOK_THERE}"),
    ("<sitemapindex", f"{NO_FEED}: it is a sitemap; {LOOK_THERE}"),
)


def refuse_unread(text: str) -> str | None:
    """Returns why a document is not even given to the parser, None when it is."""
    start = _find_root(text)
    if HTML.match(text, start):
        return WEB_PAGE
    for beginning in (text[:200].lstrip().lower(), text[start : start + 20].lower()):
        words = next((words for mark, words in BEGINNINGS if beginning.startswith(mark)), None)
        if words:
            return words
    return DECLARES if text.startswith("<!", start) and not NETSCAPE.match(text, start) else None


def describe_unread(text: str, content_type: str, *, broken: bool) -> str:
    """Says what a document is in which the parser found no feed."""
    if "html" in content_type.lower() or "<html" in text[:2000].lower():
        return WEB_PAGE
    if not text.strip():
        return f"{NO_FEED}: it is empty; {LOOK_THERE}"
    return f"{NO_FEED}; its XML is broken, which only its publisher can mend" if broken else f"{NO_FEED}; {LOOK_THERE}"


def mend(text: str, most_entries: int) -> str:
    """Returns the document as a strict parser reads it more often: references resolved, cut after `most_entries`.

    CDATA sections stay as they are. Time is linear in the length.
    """
    text = join_pairs(_cut(XML_DECLARATION.sub("", text, count=1), most_entries))
    parts, at = [], 0
    while (start := text.find(CDATA, at)) >= 0 and (end := text.find(CDATA_END, start)) >= 0:
        parts += [resolve_for_xml(text[at:start]), text[start : end + len(CDATA_END)]]
        at = end + len(CDATA_END)
    return "".join([*parts, resolve_for_xml(text[at:])])


def _cut(text: str, most_entries: int) -> str:
    """Ends the text before the entry that is one too many."""
    for number, found in enumerate(ENTRY.finditer(text)):
        if number == most_entries:
            root = text[_find_root(text) :][:8].lower()
            return text[: found.start()] + next((end for mark, end in ENDS.items() if root.startswith(mark)), "")
    return text


def _find_root(text: str) -> int:
    """Returns where the first element or declaration begins, after comments and processing instructions."""
    at = text.find("<")
    while at >= 0:
        opened, closing = next(((mark, end) for mark, end in SKIPPED if text.startswith(mark, at)), ("", ""))
        if not opened:
            return at
        end = text.find(closing, at + len(opened))
        at = text.find("<", end + len(closing)) if end >= 0 else -1
    return len(text)
