from __future__ import annotations

from app.domain.prompting.lines import (
    BESIDE_THREAD,
    HISTORY,
    STATEMENTS,
    THREAD,
    as_thread_message,
    choose_lines,
    choose_statements,
)
from tests.unit.domain.scenes import message

TOLD = tuple(message(n, f"text {n}", age_s=500 - n) for n in range(40))
IDS = [m.telegram_message_id for m in TOLD]


def numbers(lines):
    return [m.id for m in lines]


def test_a_topic_is_opened_from_the_newest_lines():
    lines = choose_lines(TOLD, {}, None)
    assert (numbers(lines.thread), numbers(lines.newest)) == ([], list(range(40 - HISTORY, 40)))


def test_a_reply_sees_its_thread_however_far_back_and_a_few_newest_lines():
    parents = {own: own for own in IDS} | {IDS[20]: IDS[3], IDS[35]: IDS[20]}
    lines = choose_lines(TOLD, parents, TOLD[35])
    assert numbers(lines.thread) == [3, 20]
    assert numbers(lines.newest) == [34, 36, 37, 38, 39]
    assert len(lines.newest) == BESIDE_THREAD


def test_a_long_thread_shows_what_is_nearest_to_the_target():
    parents = {own: max(IDS[0], own - 1) for own in IDS}
    lines = choose_lines(TOLD, parents, TOLD[30])
    assert numbers(lines.thread) == list(range(30 - THREAD, 30))


def test_a_target_that_is_no_longer_among_the_messages_is_answered_from_the_newest_lines():
    lines = choose_lines(TOLD, {own: own for own in IDS}, message(900))
    assert (numbers(lines.thread), numbers(lines.newest)) == ([], list(range(40 - HISTORY, 40)))


def test_the_target_itself_is_in_neither():
    lines = choose_lines(TOLD, {own: own for own in IDS}, TOLD[39])
    assert 39 not in numbers((*lines.thread, *lines.newest))


def test_a_bot_is_reminded_of_what_it_said_on_the_matter_and_of_nothing_else():
    own = ("Copper is overrated.", "Rates stay high.", "Ich mag Tee.", "The copper mines reopened.")
    assert choose_statements(own, "Is copper still a buy?") == (own[0], own[3])
    assert choose_statements(own, "hi") == ()


def test_turkish_endings_do_not_hide_a_matter():
    assert choose_statements(("Enflasyonun düşmesi zaman alır.",), "ENFLASYON ne olur?") != ()


def test_the_closest_statements_are_chosen():
    own = tuple(f"gold number{n}" for n in range(10))
    assert choose_statements((*own, "gold silver copper"), "gold silver copper")[-1] == "gold silver copper"
    assert len(choose_statements(own, "gold")) == STATEMENTS


def test_the_linker_is_told_of_express_replies():
    seen = as_thread_message(message(5, "yes", reply_to=1002))
    assert (seen.id, seen.text, seen.reply_to) == (1005, "yes", 1002)
