from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ingest.leader import choose_leader

READERS = {1: True, 2: True, 3: False}


@pytest.mark.parametrize(
    ("leader", "receivers", "bringers", "chosen"),
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
        "a leader that brought something stays",
        "a silent leader gives way",
        "a mention that only a blind bot was sent does not make it the leader",
        "a blind leader gives way to a bot that reads all",
        "a leader that left gives way to who brought something",
        "or to one that should have",
        "where all are blind one of them is the leader",
        "and stays so",
        "until it leaves",
        "nobody is left",
    ],
)
def test_the_leader_of_a_chat(leader, receivers, bringers, chosen):
    assert choose_leader(leader, receivers, bringers) == chosen


@given(
    leader=st.none() | st.integers(1, 6),
    receivers=st.dictionaries(st.integers(1, 5), st.booleans()),
    bringers=st.lists(st.integers(1, 6), max_size=4),
)
def test_an_leader_can_hear_the_chat_and_reads_all_messages_if_anyone_does(leader, receivers, bringers):
    chosen = choose_leader(leader, receivers, bringers)
    assert chosen is None or chosen in receivers
    if any(receivers.values()):
        assert receivers[chosen]
        assert choose_leader(chosen, receivers, [chosen]) == chosen
