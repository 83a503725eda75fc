"""Whatever bytes a feed is made of: they become text that can be stored, in linear time, and its markup can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.feeds.documents import describe_unread, mend, refuse_unread
from app.domain.feeds.encodings import UNREADABLE, decode_document
from app.domain.feeds.headlines import clean_title

PIECES = [
    "<",
    ">",
    "&",
    ";",
    "#x",
    "#",
    "amp",
    "D800",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml ",
    "?>",
    "<item>",
    "\0",
]
BODIES = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map(lambda x: "".join(x).encode())
)


@given(BODIES, st.sampled_from(["", "text/xml; charset=utf-16", "text/xml; charset=utf-7", "x; charset=rot13", "html"]))
def test_any_bytes_become_text_that_can_be_stored_and_are_judged_in_words(body: bytes, told: str) -> None:
    text = decode_document(body, told)
    assert not UNREADABLE.search(text)
    mended = mend(text, 3)
    mended.encode()
    assert clean_title(mended).isprintable()
    assert (refuse_unread(text) or describe_unread(text, told, broken=True)).isprintable()


@given(st.text(alphabet="ab&;#x1F <>", max_size=60))
def test_mending_twice_changes_nothing_more(text: str) -> None:
    assert mend(mend(text, 9), 9) == mend(text, 9)


@pytest.mark.parametrize(
    ("markup", "mended"),
    [
        ('<a href="?x=1&y=2&quot;&QUOT;">&</a>', '<a href="?x=1&amp;y=2&quot;&quot;">&amp;</a>'),
        ("<![CDATA[a & b]]> & <![CDATA[c", "<![CDATA[a & b]]> &amp; <![CDATA[c"),
        ("<rss><item>1</item><item>2</item><item/></rss>", "<rss><item>1</item><item>2</item></channel></rss>"),
        ("<feed><entry/><e:entry><entry></feed>", "<feed><entry/><e:entry></feed>"),
        ('<?xml version="1.0" encoding="x"?><a>&lt;&#60;&nbsp;</a>', "<a>&lt;&#60;\xa0</a>"),
    ],
)
def test_what_is_mended_and_what_stays(markup: str, mended: str) -> None:
    assert mend(markup, 2) == mended
