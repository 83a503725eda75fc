"""Feeds that are built to hold up their reader, in odd encodings, with odd references: none holds up the others."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import pytest

from app.adapters.web import readers
from app.adapters.web.client import Page
from app.adapters.web.feeds import parse_feed
from app.adapters.web.readers import DEADLINE_S, Readers
from app.domain.errors import NotAFeed, WebError
from tests.waiting import patience

MB = 1_000_000
DECLARATION = '<?xml version="1.0" encoding="{}"?>'


def titles(document: str | bytes, kind: str = "application/rss+xml") -> list[str]:
    body = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    return [item.title for item in parse_feed(Page(200, body[: 1024 * 1024], {"Content-Type": kind})).headlines]


def rss(*titles: str, more: str = "") -> str:
    items = "".join(f"<item><title>{title}</title>{more}</item>" for title in titles)
    return f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'


SLOW = {
    "attributes of one element": "<rss {}><channel>".format(" ".join(f'a{n}="{n}"' for n in range(20_000))),
    "nested elements": "<rss><channel>" + "<a>" * 333_000,
    "nothing but <": "<" * MB,
    "beginnings of elements": "<rss><channel>" + "<a" * (MB // 2),
    "beginnings of declarations": "<rss><channel>" + "<!" * (MB // 2),
    "nothing but &": "<rss><channel>" + "&" * MB,
}
ODD = {
    "CDATA without an end": "<rss><channel>" + "<![CDATA[" * 110_000,
    "comments": "<!---->" * 140_000 + rss("a"),
    "comments without an end": "<!-- -" * 140_000,
    "instructions without an end": "<rss><channel>" + "<?" * (MB // 2),
    "blanks": " " * MB,
    "elements of no entry": "<rss><channel>" + "<item/>" * 100_000,
    "a date of a megabyte": rss("a", more=f"<pubDate>{'9' * MB}</pubDate>"),
}


@pytest.mark.parametrize("document", [*SLOW.values(), *ODD.values()], ids=[*SLOW, *ODD])
def test_a_document_that_is_built_to_hold_up_its_reader_does_not(
    document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MOST_CPU_S", 0.3)
    began = time.monotonic()
    with suppress(WebError):
        titles(document)
    assert time.monotonic() - began < patience(DEADLINE_S * 3)
    assert titles(rss("the next one")) == ["the next one"]


def test_a_slow_document_is_told_from_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "DEADLINE_S", patience(30))
    monkeypatch.setattr(readers, "MOST_CPU_S", 0.2)
    with pytest.raises(NotAFeed, match="s of computing to be read: it is built in an unusual way"):
        titles(SLOW["nested elements"])
    monkeypatch.setattr(readers, "DEADLINE_S", 0.05)
    with pytest.raises(WebError, match="this machine is busy") as caught:
        titles(SLOW["nothing but <"])
    assert not isinstance(caught.value, NotAFeed)


def test_a_document_that_needs_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_MEMORY", 80 * 1024 * 1024)
    monkeypatch.setattr(readers, "MOST_CPU_S", 20)
    monkeypatch.setattr(readers, "DEADLINE_S", patience(20))
    with pytest.raises(NotAFeed, match="needs too much memory"):
        titles(SLOW["nothing but &"])
    assert titles(rss("the next one")) == ["the next one"]


def test_a_reader_serves_one_document_after_the_other_and_is_replaced_when_it_ends() -> None:
    own = Readers()
    try:
        own.read(rss("a").encode(), "")
        [first] = own._idle
        own.read(rss("b").encode(), "")
        assert own._idle == [first]
        os.kill(first._process.pid, 9)
        assert own.read(rss("c").encode(), "")["headlines"] == [["c", "c", None]]
        assert own._idle != [first]
    finally:
        own.close()
    assert own._idle == []


def test_a_machine_on_which_no_reader_starts_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PROGRAM", "app.no_such_program")
    with pytest.raises(WebError, match="does not start"):
        Readers().read(b"<rss/>", "")


BOMBS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "lol">{BOMBS}]>{rss("&l9;")}'
STOLEN = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>{rss("a &f;")}'
DECLARED = {
    "bomb": BOMB.encode(),
    "with a declaration": (DECLARATION.format("utf-8") + BOMB).encode(),
    "behind a comment with an element": f"<!-- <a --><?x <b ?>{BOMB}".encode(),
    "behind words": f"News!{BOMB}".encode(),
    "UTF-16": (DECLARATION.format("utf-16") + BOMB).encode("utf-16"),
    "UTF-16 without a mark": BOMB.encode("utf-16-be"),
    "NUL within": BOMB.replace("DOCTYPE", "DOC\0TYPE").encode(),
    "a file": STOLEN.encode(),
    "another server": f'<!DOCTYPE rss SYSTEM "http://x.example/x.dtd">{rss("a")}'.encode(),
    "lower case": BOMB.replace("DOCTYPE", "doctype").encode(),
}


@pytest.mark.parametrize("body", DECLARED.values(), ids=list(DECLARED))
def test_declarations_are_refused_in_every_disguise(body: bytes) -> None:
    with pytest.raises(NotAFeed, match="declares a document type"):
        titles(body)


def test_utf_7_hides_no_declaration() -> None:
    with pytest.raises(NotAFeed):
        titles((DECLARATION.format("utf-7") + BOMB).encode("utf-7").replace(b"<", b"+ADw-"))


def test_the_empty_declaration_of_rss_0_91_is_let_pass() -> None:
    netscape = '"-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd"'
    assert titles(f"<!DOCTYPE rss PUBLIC {netscape}>{rss('a')}") == ["a"]
    with pytest.raises(NotAFeed, match="declares"):
        titles(f'<!DOCTYPE rss PUBLIC {netscape} [<!ENTITY a "b">]>{rss("&a;")}')


TURKISH, JAPANESE = "Şehir ığ", "日本"
ENCODED = {
    "UTF-8 with a mark": (TURKISH, b"\xef\xbb\xbf" + rss(TURKISH).encode(), ""),
    "UTF-16 with a mark": (TURKISH, (DECLARATION.format("utf-16") + rss(TURKISH)).encode("utf-16"), ""),
    "UTF-16 by declaration": (TURKISH, (DECLARATION.format("UTF-16") + rss(TURKISH)).encode("utf-16-le"), ""),
    "UTF-16, big end first": (TURKISH, (DECLARATION.format("utf-16") + rss(TURKISH)).encode("utf-16-be"), ""),
    "UTF-16 without a declaration": (TURKISH, rss(TURKISH).encode("utf-16"), "; charset=utf-16"),
    "UTF-16 by declaration only": (TURKISH, (DECLARATION.format("utf-16") + rss(TURKISH)).encode(), ""),
    "UTF-32": (TURKISH, rss(TURKISH).encode("utf-32"), ""),
    "windows-1254": (TURKISH, (DECLARATION.format("windows-1254") + rss(TURKISH)).encode("cp1254"), ""),
    "told by the server": (TURKISH, rss(TURKISH).encode("cp1254"), '; charset="windows-1254"'),
    "UTF-8 that is called something else": (TURKISH, (DECLARATION.format("latin-1") + rss(TURKISH)).encode(), ""),
    "7 bits": (JAPANESE, (DECLARATION.format("iso-2022-jp") + rss(JAPANESE)).encode("iso-2022-jp"), ""),
    "no encoding at all": ("café", (DECLARATION.format("klingon-8") + rss("café")).encode("cp1252"), ""),
    "a damaged byte": (TURKISH, rss(f"{TURKISH}#").encode().replace(b"#", b"\xff"), ""),
    "half a character at its end": ("a", rss("a").encode("utf-16") + b"\0", ""),
}


@pytest.mark.parametrize(("title", "body", "told"), ENCODED.values(), ids=list(ENCODED))
def test_a_feed_in_any_encoding_is_read(title: str, body: bytes, told: str) -> None:
    assert titles(body, f"application/rss+xml{told}") == [title]


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("S&P 500 & co", "S&P 500 & co"),
        ("S&amp;P 500 &amp; co", "S&P 500 & co"),
        ("S&amp;amp;P 500", "S&P 500"),
        ("<![CDATA[S&P 500 & <b>co</b>]]>", "S&P 500 & co"),
        ("<![CDATA[caf&#233;&nbsp;&amp; bar]]>", "café & bar"),
        ("caf&eacute;&nbsp;&mdash; &nosuch; AT&T; R&regions", "café — &nosuch; AT&T; R&regions"),
        ("5 < 6 & 7 > 3 &lt; 8", "5 < 6 & 7 > 3 < 8"),
        ("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "bold"),
        ("it&#8217;s &#x27;q&apos;", "it’s 'q'"),
        ("a&#xD800;b&#0;c&#x1;d&#99999999;e&#xFFFE;f", "abcdef"),
        ("<![CDATA[a&#xD800;b&#0;c]]>", "abc"),
        ("a\x00b\x0bc\ud800d", "abcd"),
        ("&#xD83D;&#xDE00; &#55357;&#56832;", "😀 😀"),
        ("A ]]> B", "A ]]> B"),
    ],
)
def test_references_and_what_only_looks_like_them_come_out_as_they_were_meant(raw: str, title: str) -> None:
    assert titles(rss(raw)) == [title]
    if "<" not in raw and "\ud800" not in raw:
        assert titles(f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{raw}</title></entry></feed>') == [
            title
        ]


def test_entries_without_an_id_that_share_a_link_are_all_kept_and_known_again() -> None:
    document = Page(200, rss("one", "two", "three", more="<link>http://a/</link>").encode(), {})
    first, second = (parse_feed(document).headlines for _ in range(2))
    assert {item.title for item in first} == {"one", "two", "three"}
    assert first == second


def test_a_feed_of_very_many_entries_is_read_at_its_beginning() -> None:
    assert titles(rss(*(f"S&P {number}" for number in range(20_000))))[:2] == ["S&P 0", "S&P 1"]


def test_a_title_of_a_megabyte_is_cut() -> None:
    assert [len(title) for title in titles(rss("x" * 900_000, "b"))] == [200, 1]


@pytest.mark.parametrize("date", ["NaN", "Fri, 31 Dec 9999 23:59:59 GMT", "Infinity", "9" * 400])
def test_an_absurd_date_counts_as_none(date: str) -> None:
    [headline] = parse_feed(Page(200, rss("a", more=f"<pubDate>{date}</pubDate>").encode(), {})).headlines
    assert headline.published_at is None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', "perhaps a JSON Feed; look on its site"),
        ("<!-- x --><!DOCTYPE html><html><!ENTITY>", "is a web page and no feed; look there"),
        ("<html><body>x".encode("utf-16"), "is a web page and no feed; look there"),
        ('<?xml version="1.0"?><opml version="2.0"/>', "add the feeds in it one by one"),
        ("<urlset/>", "is a sitemap; look on its site"),
        ("%PDF-1.7", "is a PDF; look on its site"),
        ("", "it is empty; look on its site"),
        ("hello", "look on its site|only its publisher can mend"),
    ],
)
def test_what_is_no_feed_is_told_with_what_to_do(document: str | bytes, words: str) -> None:
    with pytest.raises(NotAFeed, match=words):
        titles(document)
