"""Whatever is done to a bad text so that people still read it, the filter reads it too."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.safety import check_safety
from bench.safety.texts import HARMLESS, read_sources

BAD = [one for one in read_sources()["first"] if one.reason != HARMLESS]
TEXTS = [one.text for one in BAD if one.text.isprintable() and one.text.replace("’", "'").isascii()]
WORDY = [
    one.text
    for one in BAD
    if one.reason in {"promises_profit", "private_contact", "claims_to_be_human"}
    and one.text.replace(" ", "").isalpha()
    and one.text.isascii()
]
LIKE = {
    **{"a": "аαａ𝐚ａᴀⓐá", "b": "Ьｂ𝐛ʙⓑ", "c": "сϲｃ𝐜ᴄⓒ", "d": "ԁｄ𝐝ᴅⓓ", "e": "еｅ𝐞ᴇⓔé", "f": "ｆ𝐟ⓕ", "g": "ɡｇ𝐠ɢⓖ"},
    **{"h": "һｈ𝐡ʜⓗ", "i": "іɩｉ𝐢ɪⓘí", "j": "јｊ𝐣ⓙ", "k": "кｋ𝐤ᴋⓚ", "l": "ӏｌ𝐥ʟⓛ", "m": "мｍ𝐦ᴍⓜ", "n": "пｎ𝐧ɴⓝñ"},
    **{"o": "оοｏ𝐨ᴏⓞó", "p": "рρｐ𝐩ᴘⓟ", "q": "ԛｑ𝐪ⓠ", "r": "гｒ𝐫ʀⓡ", "s": "ѕｓ𝐬ꜱⓢ", "t": "тτｔ𝐭ᴛⓣ", "u": "υｕ𝐮ᴜⓤü"},
    **{"v": "ѵνｖ𝐯ᴠⓥ", "w": "ԝｗ𝐰ᴡⓦ", "x": "хχｘ𝐱ⓧ", "y": "уｙ𝐲ʏⓨ", "z": "ｚ𝐳ᴢⓩ", "0": "０𝟎٠", "1": "１𝟏①"},
    **{"2": "２𝟐②", "3": "３𝟑③", "4": "４𝟒④", "5": "５𝟓⑤", "6": "６𝟔⑥", "7": "７𝟕⑦", "8": "８𝟖⑧", "9": "９𝟗⑨"},
}
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u202e\ufe0f\U000e0061\U000e0100\u0336\u0301"


@st.composite
def disguised(draw, texts):
    """A bad text with some of its letters exchanged and with characters between them that nobody sees."""
    text = draw(st.sampled_from(texts))
    parts = []
    for character in text:
        choices = LIKE.get(character.lower(), "")
        parts.append(draw(st.sampled_from(choices)) if choices and draw(st.booleans()) else character)
        if draw(st.integers(0, 9)) == 0:
            parts.append(draw(st.sampled_from(UNSEEN)))
    return "".join(parts)


@st.composite
def spaced(draw, texts):
    """A bad text with its letters apart, and its words further apart."""
    mark = draw(st.sampled_from([" ", ".", "-", "_", "*", "·"]))
    return "   ".join(mark.join(word) for word in draw(st.sampled_from(texts)).split())


@settings(deadline=None, max_examples=300)
@given(disguised(TEXTS))
def test_look_alikes_and_hidden_characters_hide_nothing(text):
    assert check_safety(text) is not None


@settings(deadline=None, max_examples=200)
@given(spaced(WORDY))
def test_letters_apart_hide_nothing(text):
    assert check_safety(text) is not None


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(WORDY), st.sampled_from(["shout", "stretch"]))
def test_loud_and_drawn_out_words_hide_nothing(text, how):
    loud = text.upper() if how == "shout" else "".join(c * 4 if c in "ai" else c for c in text)
    assert check_safety(loud) is not None
