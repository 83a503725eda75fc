from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.lanes.leaks import RUN, LeakCheck, PrivateContext

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)


def test_an_answer_with_six_words_of_another_chat_is_a_leak():
    contexts = {
        "1": PrivateContext(("the merger closes on friday at noon, tell nobody",)),
        "2": PrivateContext(("hi",)),
    }
    answers = {"1": "No comment.", "2": "They say the merger closes on Friday at noon."}
    assert LeakCheck(contexts).find(answers) == {"2": "1"}


def test_words_that_its_own_chat_holds_too_are_no_leak():
    said = "the merger closes on friday at noon"
    contexts = {"1": PrivateContext((said,)), "2": PrivateContext((f"I read that {said}",))}
    assert LeakCheck(contexts).find({"1": said, "2": said}) == {}


def test_what_an_item_may_see_of_its_chat_is_no_leak_although_only_another_item_shows_it():
    said = "the merger closes on friday at noon"
    contexts = {
        "1": PrivateContext((said,)),
        "2": PrivateContext(("hi",), seen=(f"so, {said}",)),
        "3": PrivateContext(()),
    }
    assert LeakCheck(contexts).find({"2": f"I heard {said}", "3": f"I heard {said}"}) == {"3": "1"}


def test_five_shared_words_are_chance():
    contexts = {"1": PrivateContext(("one two three four five",)), "2": PrivateContext(())}
    assert LeakCheck(contexts).find({"2": "zero one two three four five six"}) == {}


def test_a_run_does_not_reach_over_two_messages():
    contexts = {"1": PrivateContext(("one two three", "four five six")), "2": PrivateContext(())}
    assert LeakCheck(contexts).find({"2": "one two three four five six"}) == {}


def test_another_items_canary_is_a_leak_whatever_surrounds_it():
    contexts = {"1": PrivateContext((), "kx7q-heron"), "2": PrivateContext((), "zz2m-otter")}
    assert LeakCheck(contexts).find({"1": "my own kx7q-heron", "2": "psst KX7Q-HERON"}) == {"2": "1"}


@given(st.lists(WORDS, min_size=RUN, max_size=20, unique=True), st.lists(WORDS, max_size=10), st.data())
def test_every_planted_run_is_found(private, around, data):
    start = data.draw(st.integers(0, len(private) - RUN))
    planted = [*around, *private[start : start + RUN], *around]
    contexts = {"1": PrivateContext((" ".join(private),)), "2": PrivateContext(())}
    assert LeakCheck(contexts).find({"2": " ".join(planted)}) == {"2": "1"}
