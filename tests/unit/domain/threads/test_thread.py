from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.threads.thread import thread_of

LINKS = {1: 1, 2: 2, 3: 1, 4: 2, 5: 3, 6: 1, 7: 5, 8: 7}


def test_a_thread_is_all_of_a_conversation_oldest_first():
    assert thread_of(LINKS, 5, 10) == (1, 3, 5, 6, 7, 8)
    assert thread_of(LINKS, 4, 10) == (2, 4)


def test_what_led_to_the_target_goes_before_what_else_was_said():
    assert thread_of(LINKS, 7, 4) == (1, 3, 5, 7)
    assert thread_of(LINKS, 7, 5) in {(1, 3, 5, 7, 8), (1, 3, 5, 6, 7)}


def test_a_short_limit_keeps_the_target_and_what_it_answers():
    assert thread_of(LINKS, 7, 2) == (5, 7)
    assert thread_of(LINKS, 7, 0) == ()


def test_messages_that_answer_the_same_forgotten_one_are_one_thread():
    assert thread_of({11: 5, 12: 5, 13: 13}, 12, 10) == (11, 12)


def test_an_unknown_target_has_no_thread():
    assert thread_of(LINKS, 99, 5) == ()


@given(st.lists(st.integers(0, 40), max_size=40), st.integers(0, 40), st.integers(1, 12))
def test_a_thread_holds_its_target_and_at_most_as_many_as_asked_for(draws, target, limit):
    links = {child: draw % (child + 1) for child, draw in enumerate(draws)}
    thread = thread_of(links, target, limit)
    assert (target in thread) == (target in links)
    assert len(thread) <= limit
    assert list(thread) == sorted(set(thread))
