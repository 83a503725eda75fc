from __future__ import annotations

import time
from collections import Counter

import pytest

from app.domain.safety import CHECKS, check_safety
from tests.unit.domain.safety.corpora import read_bad, read_lines

BAD = read_bad("bad") + read_bad("held_out_bad") + read_bad("second_held_out_bad")
HARMLESS = read_lines("harmless") + read_lines("held_out_harmless") + read_lines("second_held_out_harmless")
MOST_REFUSED = 0.02
MEAN_S = 0.0003


@pytest.mark.parametrize(("category", "text"), BAD)
def test_a_bad_text_is_refused_for_what_it_is(category, text):
    assert check_safety(text) == category


def test_hardly_any_harmless_look_alike_is_refused():
    refused = [text for text in HARMLESS if check_safety(text)]
    assert len(refused) <= MOST_REFUSED * len(HARMLESS), refused


def test_the_corpora_are_large_and_hold_every_category():
    assert len(read_bad("bad")) >= 200
    assert len(read_lines("harmless")) >= 200
    counts = Counter(category for category, _ in BAD)
    assert set(counts) == {reason for reason, _ in CHECKS} - {"blocked_word"}
    assert min(counts.values()) >= 10


def test_a_text_is_judged_in_a_fraction_of_a_millisecond():
    texts = HARMLESS + [text for _, text in BAD]
    best = min(_seconds_for(texts) for _ in range(5))
    assert best / len(texts) < MEAN_S


def _seconds_for(texts):
    started = time.process_time()
    for text in texts:
        check_safety(text)
    return time.process_time() - started
