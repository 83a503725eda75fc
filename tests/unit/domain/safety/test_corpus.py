"""The texts that the model was fitted on: what it was taught, it must know. Strangers judge it in `make bench`."""

from __future__ import annotations

from collections import Counter

import pytest

from app.domain.safety import CHECKS, check_safety
from bench.safety.texts import HARMLESS, read_sources

SOURCES = read_sources()
TEXTS = [one for source in SOURCES.values() for one in source]
BAD = [one for one in TEXTS if one.reason != HARMLESS]
MOST_REFUSED = 0.02


@pytest.mark.parametrize("name", SOURCES)
def test_no_bad_text_passes(name):
    passed = [one.text for one in SOURCES[name] if one.reason != HARMLESS and check_safety(one.text) is None]
    assert passed == []


@pytest.mark.parametrize("name", SOURCES)
def test_hardly_any_harmless_look_alike_is_refused(name):
    harmless = [one.text for one in SOURCES[name] if one.reason == HARMLESS]
    refused = [text for text in harmless if check_safety(text)]
    assert len(refused) <= MOST_REFUSED * len(harmless), refused


def test_a_bad_text_is_refused_for_what_it_is():
    """A text may be bad for two reasons: an invitation to a group may hold its link."""
    otherwise = [one for one in BAD if check_safety(one.text) != one.reason]
    assert len(otherwise) <= 0.03 * len(BAD), otherwise


def test_the_corpora_are_large_and_hold_every_reason():
    assert len(BAD) >= 200
    assert len(TEXTS) - len(BAD) >= 200
    counts = Counter(one.reason for one in BAD)
    assert set(counts) == {reason for reason, _ in CHECKS} - {"blocked_word"}
    assert min(counts.values()) >= 50
