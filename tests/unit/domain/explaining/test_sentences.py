from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.conductor import BACKOFFS
from app.domain.behaviour.decide import decide
from app.domain.behaviour.eligibility import RULES
from app.domain.behaviour.tick import OpenTopic, Reply, Silent
from app.domain.fleet.hours import Window
from app.domain.money import DailyBudget
from app.domain.traces.explaining import explain_reason, explain_steps
from app.domain.traces.explaining.formats import clock, duration
from app.domain.traces.explaining.sentences import _fill, explain_step
from app.domain.traces.explaining.words import WORDS
from tests.unit.domain.scenes import NOW, ago, chat, context, mention, message, profile

NAMES = {"chat_10": "Markets", "message_1": "Grace's “rates?”", "mention_5": "Grace's “Ada?”"}


def told(given_context, seed=1):
    decision = decide(given_context, NOW, random.Random(seed))
    return decision, explain_steps(
        [step.as_json() for step in decision.trace], NAMES, isinstance(decision.plan, Silent)
    )


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"settings": {"fleet_paused": True}}, "kill switch"),
        ({"bot_status": "paused"}, "An operator paused the bot."),
        ({"bot_status": "broken"}, "Telegram refuses the bot's token."),
        ({"chats": ()}, "It is in no chat."),
        ({"chats": (chat(10, status="paused"),)}, "paused or not enabled yet. All of its chats, 1 chat, are closed"),
        ({"bot": profile(active=(Window(dt.time(13), dt.time(14)),))}, "outside its active hours"),
        ({"said_last_hour": 24}, "It has said enough for an hour: 24 messages, of 24 that it may."),
        ({"last_spoke_at": ago(12)}, "It rests: it spoke 12 s ago, and rests 45 s after each message."),
        ({"speaking": "busy"}, "something else already"),
        ({"settings": {"speak_probability": 0.0}}, "lets this turn pass: it rolled 0.13, and speaks only below 0."),
        ({"chats": (chat(10, message(1), floor_taken=True),)}, "Another bot is about to speak in 1 chat."),
        ({"wanted_mention_id": 5}, "has its answer already"),
        ({"chats": (chat(10, message(1, age_s=36_000)),)}, "People have left the room, and bots do not fill it. What"),
    ],
)
def test_each_reason_for_silence_is_told_with_its_numbers(changes, wanted):
    decision, steps = told(context(**changes))
    assert isinstance(decision.plan, Silent)
    assert wanted in steps[-1].text
    assert not steps[-1].passed
    assert all(step.passed for step in steps[:-1])


def test_a_reply_names_the_chat_the_message_what_was_found_in_it_and_the_scores():
    asked = message(1, "rates?", is_question=True)
    decision, steps = told(context(settings={"reply_probability": 1.0}, chats=(chat(10, asked),)))
    assert isinstance(decision.plan, Reply)
    assert all(step.passed for step in steps)
    by_rule = {step.rule: step for step in steps}
    assert by_rule["choose_chat"].text == "It turns to Markets: chats were drawn by these weights."
    target = by_rule["choose_target"]
    assert target.text.startswith(
        "It answers Grace's “rates?”. What was found in it: person 1, fresh 0.98, question 1."
    )
    ((name, score),) = target.scores
    assert name == "Grace's “rates?”"
    assert score > 0


def test_a_topic_lists_the_subjects_it_was_drawn_from():
    scene = context(settings={"reply_probability": 0.0}, bot=profile(topics=("rates", "gold")))
    decision, steps = told(scene)
    assert isinstance(decision.plan, OpenTopic)
    topic = next(step for step in steps if step.rule == "choose_topic")
    assert topic.text == f"It opens a conversation about “{decision.plan.topic}”: subjects were drawn by these weights."
    assert {name for name, _ in topic.scores} == {"rates", "gold"}


def test_the_best_score_comes_first():
    step = {"rule": "choose_target", "verdict": "message_1", "numbers": {"message_2": 0.5, "message_1": 3.0}}
    assert explain_step(step, NAMES).scores == (("Grace's “rates?”", 3.0), ("message 2", 0.5))
    kept_apart = {"rule": "choose_chat", "verdict": "chat_10", "scores": {"10": 1.5, "11": 2.5}}
    assert explain_step(kept_apart, NAMES).scores == (("chat 11", 2.5), ("Markets", 1.5))


def test_an_answer_to_a_person_names_what_it_answers():
    _, steps = told(context(mentions=(mention(5),)))
    answer = next(step for step in steps if step.rule == "answer")
    assert answer.text == "Of 1 message that wait for its answer, it takes Grace's “Ada?”."


SCENES = st.builds(
    lambda settings, seconds, **fields: context(
        settings=settings,
        chats=(chat(10, message(1, "rates?", seconds, is_question=True, sentiment=0.9)), chat(11, message(2))),
        **fields,
    ),
    settings=st.fixed_dictionaries(
        {}, optional={name: st.sampled_from([0.0, 1.0]) for name in ("speak_probability", "reply_probability")}
    ),
    seconds=st.sampled_from([5, 700, 7200]),
    mentions=st.sampled_from([(), (mention(5),)]),
    said_last_hour=st.sampled_from([0, 100]),
    last_spoke_at=st.sampled_from([None, ago(3), ago(400)]),
    speaking=st.sampled_from(["no", "ambient", "busy"]),
    bot_status=st.sampled_from(["active", "paused", "broken"]),
    fleet_budget=st.builds(DailyBudget, st.integers(0, 120), st.just(100)),
)


@given(SCENES, st.integers(0, 1000))
def test_no_verdict_of_the_engine_is_without_words(scene, seed):
    decision, steps = told(scene, seed)
    for step, explained in zip(decision.trace, steps, strict=True):
        assert _fill(step.rule, step.verdict, dict(step.numbers), NAMES) is not None, step
        assert "{" not in explained.text
    if isinstance(decision.plan, Silent):
        assert explain_reason(decision.plan.reason) != decision.plan.reason


def test_every_rule_has_words():
    names = {rule.__name__ for rule in RULES} | {backoff.__name__ for backoff in BACKOFFS}
    assert names <= WORDS.keys() | WORDS["has_room"].keys()


def test_a_rule_that_nobody_wrote_words_for_is_told_by_its_own():
    step = {"rule": "tide_is_high", "verdict": "too_wet", "numbers": {"depth_m": 2.5, "boats": 3}}
    explained = explain_step(step, {})
    assert explained.text == "Tide is high: too wet (depth m 2.5, boats 3)."
    assert explain_step({"rule": "resent by deniz", "verdict": "ok"}, {}).text == "Resent by deniz."


def test_a_known_rule_with_other_numbers_falls_back_to_a_shorter_sentence():
    assert explain_step({"rule": "is_rested", "verdict": "cooldown"}, {}).text == "It rests after its last message."
    assert explain_step({"rule": "is_rested", "verdict": "asleep"}, {}).text == "Is rested: asleep."


@given(
    st.text() | st.sampled_from(["is_rested", "choose_chat", "choose_topic"]),
    st.text(),
    st.dictionaries(st.text() | st.sampled_from(["rested_s", "verdict", "chat_1"]), st.floats(), max_size=3),
)
def test_whatever_is_stored_becomes_a_sentence(rule, verdict, numbers):
    assert explain_step({"rule": rule, "verdict": verdict, "numbers": numbers}, {}).text


def test_words_of_a_verdict_are_never_taken_for_a_pattern():
    step = {"rule": "choose_topic", "verdict": "{subjects.__class__}", "numbers": {"subjects": 2}}
    assert "“{subjects.__class__}”" in explain_step(step, {}).text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45 s"), (119, "119 s"), (180, "3 min"), (9000, "2.5 h"), (200_000, "2.3 d")],
)
def test_durations_read_in_the_unit_that_fits(seconds, text):
    assert duration(seconds) == text


def test_hours_read_as_a_clock_does():
    assert (clock(9.5), clock(0), clock(23.999)) == ("09:30", "00:00", "00:00")


def test_reasons_are_sentences_and_unknown_ones_stay_codes():
    assert explain_reason("refused_by_postgres") == "Another plan was stored first."
    assert explain_reason("moon_phase") == "moon_phase"
