"""A persona's phrases and emoji, added deterministically per message."""

from __future__ import annotations

import random
import re

from app.domain.delivery.markup import TEXT_LIMIT, utf16_length
from app.domain.postprocess.context import DraftContext

EMOJI_SHARE = 0.25
PHRASE_SHARE = 0.1
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
SPARE = 80
"""UTF-16 code units below the limit that must be free before anything is added."""


def apply_voice(text: str, context: DraftContext) -> str:
    """Sometimes adds a phrase of the persona at the start, and an emoji at the end."""
    voice, rng = context.voice, random.Random(context.seed)
    phrase_roll, emoji_roll = rng.random(), rng.random()
    if not text or utf16_length(text) > TEXT_LIMIT - SPARE:
        return text
    if voice.phrases and phrase_roll < PHRASE_SHARE and not _has_any(text, voice.phrases):
        text = f"{rng.choice(voice.phrases)} {text}"
    if voice.emoji and emoji_roll < EMOJI_SHARE and not EMOJI.search(text):
        text = f"{text} {rng.choice(voice.emoji)}"
    return text


def _has_any(text: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase.casefold() in text.casefold() for phrase in phrases)
