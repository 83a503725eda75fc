from __future__ import annotations

from app.domain.behaviour.loops import ENDLESS, find_looping_partners, measure_chains
from app.domain.settings import FleetSettings
from tests.unit.domain.scenes import ME, NOW, message

SETTINGS = FleetSettings(loop_replies=3, loop_window_min=10, loop_cooloff_min=20)


def said(number, author=None, to=None, age_s=10.0):
    """Message `number`, by a bot or a person, in answer to message `to`."""
    reply_to = None if to is None else 1000 + to
    return message(number, age_s=age_s, author_bot_id=author, reply_to=reply_to)


def chains(*messages):
    return list(measure_chains(messages).values())


def looping_partners(*messages, bot=ME):
    return find_looping_partners(messages, bot, NOW, SETTINGS)


def exchange(*ages_s, one=ME, other=2):
    """Two bots answer each other in turn, `ages_s` seconds ago each."""
    first = [said(1, other, age_s=ages_s[0] + 1)]
    return first + [said(n, one if n % 2 == 0 else other, to=n - 1, age_s=age) for n, age in enumerate(ages_s, start=2)]


def test_a_chain_counts_bots_that_answer_each_other():
    assert chains(said(1, 2), said(2, 3, to=1), said(3, 2, to=2), said(4, 4, to=3)) == [1, 2, 3, 4]


def test_a_person_in_between_begins_it_anew():
    assert chains(said(1), said(2, 2, to=1), said(3, 3, to=2), said(4, to=3), said(5, 2, to=4)) == [0, 1, 2, 0, 1]


def test_messages_that_answer_nothing_begin_a_chain_however_many_there_are():
    assert chains(*(said(n, 2 + n % 3) for n in range(6))) == [1] * 6


def test_a_chain_whose_beginning_is_out_of_sight_is_endless():
    assert chains(said(8, 2, to=3), said(9, 3, to=8)) == [ENDLESS + 1, ENDLESS + 2]


def test_two_bots_leave_each_other_alone_after_so_many_replies_and_others_are_not_meant():
    assert looping_partners(*exchange(90, 60, 30)) == {2}
    assert looping_partners(*exchange(90, 60, 30), bot=2) == {ME}
    assert looping_partners(*exchange(90, 60, 30), bot=3) == set()


def test_fewer_replies_estrange_nobody():
    assert looping_partners(*exchange(60, 30)) == set()


def test_replies_that_are_far_apart_are_no_loop():
    assert looping_partners(*exchange(700, 350, 30)) == set()


def test_they_speak_again_once_the_cool_off_is_over():
    minute = 60
    assert looping_partners(*exchange(21 * minute, 20.5 * minute, 19.9 * minute)) == {2}
    assert looping_partners(*exchange(22 * minute, 21 * minute, 20 * minute)) == set()


def test_an_earlier_loop_counts_though_they_spoke_once_more_since():
    assert looping_partners(*exchange(19 * 60, 18 * 60, 17 * 60, 30)) == {2}


def test_replies_to_people_to_oneself_or_to_what_is_out_of_sight_are_no_exchange():
    talk = [said(1), said(2, ME, to=1), said(3, ME, to=2), said(4, ME, to=77), said(5, 2, to=1), said(6, to=2)]
    assert looping_partners(*talk, *[said(n, 3, to=5) for n in range(7, 12)]) == set()
