"""/forgetme leaves nothing of a person: not a word, not a name, in no column of any table and in no cache.

From the command on nobody is shown what they said; a task deletes it, in batches, and tells them when it is done.
"""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, select

from app.adapters.redis.answers import RedisAnswerCache
from app.domain.money import Budgets
from app.models import InboxUpdate, LLMJob, Mention, Message, Mute, Person, Utterance
from app.repositories.schedule import tick_context
from app.services.ingest.inbox import ingest, store_updates
from app.services.lanes.generation import INTERACTIVE, generate
from app.services.schedule.sweeping import plan_digests, plan_insights
from app.services.schedule.tick import run_tick
from tests.builders import NOW, fetch, make_update
from tests.integration.pipeline.group import HENRY, make_group
from tests.integration.pipeline.zelda import WORDS, ZELDA, find_planted, make_known, work_off


@pytest.fixture
def group(pipeline):
    return make_group(pipeline)


@pytest.fixture
def known(pipeline):
    return make_known(pipeline)


def test_every_planted_word_is_found_before_and_none_after(pipeline, known):
    before = {table for table, _ in find_planted(pipeline)}
    assert before >= {"messages", "utterances", "people", "insights", "llm_jobs", "chats", "inbox_updates"}
    known.say("/forgetme", ZELDA)
    work_off(pipeline)
    assert find_planted(pipeline) == []
    assert fetch(pipeline.sessions, select(Person.id).where(Person.telegram_user_id == ZELDA["id"])) == []


def test_the_person_is_answered_at_once_and_again_when_it_is_done(pipeline, known):
    number = known.say("/forgetme", ZELDA)
    assert pipeline.queue.forgettings == 1
    [(first, words, reply_to)] = known.read()
    assert (words.split(".")[0], reply_to) == ("I am forgetting you", number)
    work_off(pipeline)
    [(second, words, reply_to)] = known.read()
    assert (second, reply_to) == (first, number)
    assert "is deleted from our records" in words
    work_off(pipeline)
    assert known.read() == []


def test_copies_and_edits_that_come_late_bring_nothing_back(pipeline, known):
    known.say("/forgetme", ZELDA)
    work_off(pipeline)
    sent = {"from": ZELDA, "date": int(NOW.timestamp())}
    late = make_update(901, known.chat, 1, f"Ada, my {WORDS} is back", **sent)
    edit = {"update_id": 902, "edited_message": make_update(902, known.chat, 1, f"a {WORDS}", **sent)["message"]}
    store_updates(pipeline.ingest, known.bots[1].id, [late, edit])
    pipeline.clock.pass_seconds(10)
    ingest(pipeline.ingest)
    assert find_planted(pipeline) == []


@pytest.mark.parametrize("when", ["while it is worked off", "afterwards"])
def test_what_was_said_before_and_comes_after_is_not_stored(pipeline, known, when):
    said_at = int(pipeline.clock.now().timestamp())
    known.say("/forgetme", ZELDA)
    if when == "afterwards":
        work_off(pipeline)
    late = make_update(901, known.chat, 901, f"Ada, another {WORDS}", **{"from": ZELDA, "date": said_at})
    store_updates(pipeline.ingest, known.bots[0].id, [late])
    work_off(pipeline)
    assert find_planted(pipeline) == []
    ended = select(InboxUpdate.outcome).where(InboxUpdate.update_id == 901)
    assert fetch(pipeline.sessions, ended) == ["forgotten"]


def test_others_keep_what_they_wrote_and_the_person_may_go_on(pipeline, known):
    known.say("/forgetme", ZELDA)
    work_off(pipeline)
    known.say("Ada, hello again", ZELDA)
    said = [words for words in fetch(pipeline.sessions, select(Message.text).order_by(Message.id)) if words]
    assert said == ["so what", "Welcome, someone.", "Ada, hello again"]
    assert fetch(pipeline.sessions, select(Person.display_name).where(Person.telegram_user_id == 777)) == ["Zelda Quux"]
    assert len(fetch(pipeline.sessions, select(Mention).where(Mention.status == "pending"))) == 1


def test_who_goes_on_talking_before_it_is_done_keeps_the_new_words_and_the_name(pipeline, known):
    known.say("/forgetme", ZELDA)
    known.say("Ada, hello again", ZELDA)
    work_off(pipeline)
    said = [words for words in fetch(pipeline.sessions, select(Message.text).order_by(Message.id)) if words]
    assert said == ["so what", "Welcome, someone.", "Ada, hello again"]
    assert fetch(pipeline.sessions, select(Person.display_name).where(Person.telegram_user_id == 777)) == ["Zelda Quux"]
    assert len(fetch(pipeline.sessions, select(Mention).where(Mention.status == "pending"))) == 1


def test_nobody_answers_what_is_forgotten(pipeline, known):
    known.say("/forgetme", ZELDA)
    assert fetch(pipeline.sessions, select(Mention)) == []
    states = select(Utterance.state, Utterance.reason).where(Utterance.kind != "command")
    assert dict(fetch_states(pipeline, states)) == {"sent": None, "discarded": "forgotten"}
    work_off(pipeline)
    assert dict(fetch_states(pipeline, states)) == {"sent": None, "discarded": "forgotten"}


def test_from_the_command_on_no_prompt_and_no_tick_shows_what_they_said(pipeline, known):
    known.say("/forgetme", ZELDA)
    for number in range(10):
        known.say(f"Ada, what do you make of number {number}, honestly?", HENRY)
    known.say("Ada, this new sentence of mine may be shown again", ZELDA)
    with pipeline.sessions() as session:
        row = tick_context.load(session, known.bots[0].id, pipeline.clock.now(), Budgets(0, 0, 0))
    shown = [message.text for chat in row.chats for message in chat.messages] + [m.message.text for m in row.mentions]
    with pipeline.sessions.begin() as session:
        session.execute(delete(LLMJob))
    plan_digests(pipeline.sweeping)
    plan_insights(pipeline.sweeping)
    tick = pipeline.queue.urgent[-1]
    run_tick(pipeline.tick, tick.bot_id, pipeline.clock.now(), tick.mention_id)
    for lane in (INTERACTIVE, "digest.bulk", "insight.bulk"):
        generate(pipeline.generation, lane)
    prompts = [json.dumps(item) for request in pipeline.llm.requests for item in request]
    assert len(prompts) == 3
    for words in ("number 9", "this new sentence"):
        assert all(words in text for text in (" ".join(shown), *prompts))
    assert f"my {WORDS} is back" not in " ".join([*shown, *prompts])


def test_an_update_that_is_worked_in_keeps_no_words(pipeline, group):
    group.say(f"a {WORDS}", ZELDA)
    pipeline.clock.pass_seconds(10)
    ingest(pipeline.ingest)
    assert fetch(pipeline.sessions, select(InboxUpdate.payload)) == [{"update_id": 1}] * 3
    assert sorted(fetch(pipeline.sessions, select(InboxUpdate.outcome))) == ["duplicate", "duplicate", "message"]


def fetch_states(pipeline, statement):
    with pipeline.sessions() as session:
        return [tuple(row) for row in session.execute(statement)]


def test_nobody_can_have_all_anonymous_admins_forgotten_or_left_alone(pipeline, group):
    anonymous = {"id": 1087968824, "first_name": "Group", "username": "GroupAnonymousBot", "is_bot": True}
    group.say("one of us said this", anonymous)
    group.say("/forgetme", anonymous)
    group.say("/mute", anonymous)
    assert [words.split(",")[0] for _, words, _ in group.read()] == [
        "You write in the name of a group or a channel"
    ] * 2
    assert "one of us said this" in fetch(pipeline.sessions, select(Message.text))
    assert fetch(pipeline.sessions, select(Mute)) == []


def test_a_mute_outlives_being_forgotten(pipeline, known):
    known.say("/mute", ZELDA)
    known.say("/forgetme", ZELDA)
    work_off(pipeline)
    assert find_planted(pipeline) == []
    assert len(fetch(pipeline.sessions, select(Mute))) == 1
    known.say("Ada, hello", ZELDA)
    assert fetch(pipeline.sessions, select(Mention)) == []


def test_answers_of_models_are_dropped_from_redis(pipeline, known, cache):
    answers = RedisAnswerCache(cache)
    answers.put_many({"a prompt": {"summary": WORDS}, "another": {"summary": "rates"}})
    cache.set("other", "stays")
    pipeline.answers = answers
    known.say("hello", ZELDA)
    assert answers.get_many(["a prompt"]) == {"a prompt": {"summary": WORDS}}
    known.say("/forgetme", ZELDA)
    work_off(pipeline)
    assert cache.keys() == [b"other"]
