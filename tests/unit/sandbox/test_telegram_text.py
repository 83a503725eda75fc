"""HTML markup, entities, trimming: offsets are UTF-16 code units."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import detect_entities, slice_utf16, utf16_length
from sandbox.telegram.markup import parse_html
from sandbox.telegram.sending import trim

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def found(text: str) -> list[tuple[str, str]]:
    return [(e["type"], slice_utf16(text, e["offset"], e["length"])) for e in detect_entities(text)]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("hey @ada_bot!", [("mention", "@ada_bot")]),
        ("mail me at ada@example.org", []),
        ("/about@ada_bot now", [("bot_command", "/about@ada_bot")]),
        ("and/or 1/2 a path /usr/bin", []),
        ("😀 $BTC, $THYAO. $5 US$", [("cashtag", "$BTC"), ("cashtag", "$THYAO")]),
        ("#borsa #123 a#b", [("hashtag", "#borsa")]),
        ("see https://t.me/x?y=@someone.", [("url", "https://t.me/x?y=@someone")]),
    ],
)
def test_entities_are_found_in_plain_text(text: str, entities: list[tuple[str, str]]) -> None:
    assert found(text) == entities


@given(texts)
def test_an_entity_lies_within_its_text(text: str) -> None:
    for entity in detect_entities(f"{text} @someone $ABC"):
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= utf16_length(text) + 14


@given(texts)
def test_escaped_text_comes_back_unchanged(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@given(texts.filter(bool))
def test_a_bold_text_is_covered_by_its_entity(text: str) -> None:
    assert parse_html(f"😀<b>{html.escape(text)}</b>") == (
        f"😀{text}",
        [{"type": "bold", "offset": 2, "length": utf16_length(text)}],
    )


@pytest.mark.parametrize(
    ("source", "entities"),
    [
        (
            "<i>a<b>b</b></i>",
            [{"type": "italic", "offset": 0, "length": 2}, {"type": "bold", "offset": 1, "length": 1}],
        ),
        ('<a href="https://x.y/?a=1&amp;b=2">a</a>', [{"type": "text_link", "url": "https://x.y/?a=1&b=2"}]),
        ("<pre><code class='language-python'>x</code></pre>", [{"type": "pre", "language": "python"}]),
        ('<span class="tg-spoiler">x</span>', [{"type": "spoiler"}]),
        ("<blockquote expandable>x</blockquote>", [{"type": "expandable_blockquote"}]),
        ("<b></b>x", []),
        ("<a>x</a>", []),
    ],
)
def test_markup_becomes_entities(source: str, entities: list[dict[str, object]]) -> None:
    _text, parsed = parse_html(source)
    assert parsed == [{"offset": 0, "length": 1, **entity} for entity in entities]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ü<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("ü <marquee>x</marquee>", 'Unsupported start tag "marquee" at byte offset 3'),
        ("<span>x</span>", 'Unsupported start tag "span" at byte offset 0'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
    ],
)
def test_malformed_markup_is_refused_in_telegrams_words(source: str, error: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        parse_html(source)
    assert str(refused.value) == error


@given(texts, texts)
def test_trimming_moves_entities_along(before: str, word: str) -> None:
    text = f" {before}\n{word}x "
    start = utf16_length(f" {before}\n")
    stripped, entities = trim(text, [{"type": "bold", "offset": start, "length": utf16_length(word) + 1}])
    (entity,) = entities
    bold = f"{word}x" if before.strip() else f"{word}x".lstrip()
    assert slice_utf16(stripped, entity["offset"], entity["length"]) == bold
