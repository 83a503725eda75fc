from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ears import choose_ear

READERS = {1: True, 2: True, 3: False}


@pytest.mark.parametrize(
    ("ear", "hearers", "bringers", "chosen"),
    [
        (None, READERS, [2, 1], 2),
        (1, READERS, [2, 1], 1),
        (1, READERS, [2], 2),
        (1, READERS, [3], 1),
        (3, READERS, [3], 1),
        (9, READERS, [2], 2),
        (9, READERS, [3], 1),
        (None, {3: False, 4: False}, [4], 4),
        (3, {3: False, 4: False}, [4], 3),
        (9, {3: False, 4: False}, [4], 4),
        (9, {}, [4], None),
    ],
    ids=[
        "the first that brings something",
        "an ear that brought something stays",
        "a silent ear gives way",
        "a mention that only a blind bot was sent does not make it the ear",
        "a blind ear gives way to a bot that reads all",
        "an ear that left gives way to who brought something",
        "or to one that should have",
        "where all are blind one of them is the ear",
        "and stays so",
        "until it leaves",
        "nobody is left",
    ],
)
def test_the_ear_of_a_chat(ear, hearers, bringers, chosen):
    assert choose_ear(ear, hearers, bringers) == chosen


@given(
    ear=st.none() | st.integers(1, 6),
    hearers=st.dictionaries(st.integers(1, 5), st.booleans()),
    bringers=st.lists(st.integers(1, 6), max_size=4),
)
def test_an_ear_can_hear_the_chat_and_reads_all_messages_if_anyone_does(ear, hearers, bringers):
    chosen = choose_ear(ear, hearers, bringers)
    assert chosen is None or chosen in hearers
    if any(hearers.values()):
        assert hearers[chosen]
        assert choose_ear(chosen, hearers, [chosen]) == chosen
