from __future__ import annotations

import pytest

from app.domain.behaviour.conductor import has_room, held_back_by, look_around
from app.domain.money import DailyBudget
from app.domain.settings import FleetSettings
from tests.unit.domain.scenes import ME, NOW, ago, chat, context, message


def people(count, age_s=60.0):
    return [message(n, age_s=age_s) for n in range(count)]


def bots(count, age_s=60.0, bot=2):
    return [message(100 * bot + n, age_s=age_s, author_bot_id=bot) for n in range(count)]


def factors(*messages, members=5, **settings):
    """What holds bots back in a chat where this was said, oldest first."""
    said = sorted(messages, key=lambda m: m.sent_at)
    room = chat(10, *said, bots=members, settings=FleetSettings(**settings))
    return has_room(room, ME, NOW, 0.0, 1.0).numbers


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"daily_budget": DailyBudget(95, 100)}, "budget_for_answers_only"),
        ({"daily_budget": DailyBudget(10, 100)}, None),
        ({"floor_taken": True}, "floor_taken"),
        ({"rests_until": ago(-0.1)}, "telegram_rest"),
        ({"rests_until": NOW}, None),
        ({"last_ambient_at": ago(9.99)}, "gap_not_over"),
        ({"last_ambient_at": ago(10)}, None),
    ],
)
def test_a_chat_that_takes_nothing_unasked_says_why(fields, reason):
    given = chat(10, **fields)
    assert held_back_by(given, context(chats=(given,)), NOW) == reason


def test_the_last_speaker_does_not_speak_again():
    assert held_back_by(chat(10, message(1, author_bot_id=ME)), context(), NOW) == "spoke_last"
    assert held_back_by(chat(10, message(1, author_bot_id=2)), context(), NOW) is None


@pytest.mark.parametrize(("most", "reason"), [(0, None), (3, "chat_rate"), (4, None)])
def test_bots_together_keep_to_the_messages_a_minute(most, reason):
    said = [*bots(2, age_s=70), *bots(3, age_s=59, bot=3), *people(9, age_s=20)]
    given = chat(10, *said, settings=FleetSettings(chat_messages_per_min=most))
    assert held_back_by(given, context(), NOW) == reason


def test_an_empty_chat_holds_nobody_back():
    assert factors() == {
        "p": 1.0,
        "people_talk": 1.0,
        "room_is_idle": 1.0,
        "bots_said_enough": 1.0,
        "turn_of_others": 1.0,
    }


def test_the_room_counts_each_message_once_and_within_its_window():
    said = [*people(4, 3600), *bots(2, 1700), *bots(1, 600, ME), *people(3, 400), *people(2, 100)]
    room = look_around(chat(10, *said, bots=7), ME, NOW)
    assert (room.people, room.bots, room.own, room.talking, room.members) == (5, 3, 1, 2, 7)
    assert room.idle_min == pytest.approx(100 / 60)


@pytest.mark.parametrize(("talking", "factor"), [(0, 1.0), (10, 1 / 1.5), (20, 0.5)])
def test_bots_hold_back_while_people_talk(talking, factor):
    assert factors(*people(1, 300), *people(talking))["people_talk"] == pytest.approx(factor)


@pytest.mark.parametrize(("idle_min", "factor"), [(15, 1.0), (45, 0.5), (75, 0.25), (9999, 0.02)])
def test_bots_fall_silent_in_a_room_that_people_left(idle_min, factor):
    assert factors(*people(1, idle_min * 60), *bots(3))["room_is_idle"] == pytest.approx(factor)


def test_idle_time_is_told_in_minutes_however_much_bots_say():
    a_few, many = (factors(*people(1, 45 * 60), *bots(count))["room_is_idle"] for count in (1, 25))
    assert a_few == many == 0.5


def test_where_no_person_is_in_sight_people_left_before_the_oldest_message():
    assert factors(*bots(1, 45 * 60), *bots(2, 60, 3))["room_is_idle"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("said_by_people", "said_by_bots", "factor"),
    [(0, 0, 1.0), (0, 3, 1.0), (0, 4, 2 / 3), (0, 6, 0.0), (6, 6, 1.0), (6, 9, 0.5), (6, 12, 0.0), (6, 20, 0.0)],
)
def test_bots_keep_to_the_part_that_is_theirs(said_by_people, said_by_bots, factor):
    """With a half for people and six messages free, bots may say six more than people did."""
    given = factors(*people(said_by_people), *bots(said_by_bots))
    assert given["bots_said_enough"] == pytest.approx(factor)


def test_what_bots_said_before_the_window_is_not_held_against_them():
    assert factors(*bots(20, 31 * 60))["bots_said_enough"] == 1.0


def test_a_share_of_zero_asks_nothing_of_bots_and_one_of_one_leaves_them_what_is_free():
    assert factors(*bots(25), people_share=0.0)["bots_said_enough"] == 1.0
    assert factors(*people(25), *bots(6), people_share=1.0)["bots_said_enough"] == 0.0
    assert factors(*people(25), people_share=1.0, share_free=0)["bots_said_enough"] == 0.0


@pytest.mark.parametrize(("own", "others", "factor"), [(0, 5, 1.0), (1, 4, 1.0), (2, 3, 0.5), (5, 0, 0.2)])
def test_a_bot_that_said_more_than_its_share_gives_way(own, others, factor):
    assert factors(*bots(own, bot=ME), *bots(others, 50))["turn_of_others"] == pytest.approx(factor)


def test_fairness_is_a_setting():
    said = [*bots(5, bot=ME)]
    assert factors(*said, turn_fairness=0.0)["turn_of_others"] == 1.0
    assert factors(*said, turn_fairness=2.0)["turn_of_others"] == pytest.approx(0.04)


def test_all_that_holds_back_multiplies():
    given = factors(*people(10, 100), *bots(4, bot=ME), share_free=0)
    expected = given["people_talk"] * given["bots_said_enough"] * given["turn_of_others"]
    assert given["p"] == pytest.approx(expected)
    assert given["p"] < min(given["people_talk"], given["bots_said_enough"], given["turn_of_others"])


@pytest.mark.parametrize(("roll", "verdict"), [(0.39, "ok"), (0.41, "people_talk")])
def test_a_turn_is_lost_to_what_holds_back_most(roll, verdict):
    given = chat(10, *people(20))
    assert has_room(given, ME, NOW, roll, 0.8).verdict == verdict


def test_a_turn_that_only_chance_takes_is_a_quiet_one():
    assert has_room(chat(10), ME, NOW, 0.9, 0.8).verdict == "quiet_turn"
