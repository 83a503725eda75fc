"""/forgetme leaves nothing of a person: not a word, not a name, in no column of any table and in no cache."""

from __future__ import annotations

import pytest
from sqlalchemy import Text, cast, column, func, literal_column, or_, select, table, text

from app.adapters.redis.answers import RedisAnswerCache
from app.models import Insight, LLMJob, Mention, Message, Mute, Person, Utterance
from app.services.ingest.inbox import ingest, store_updates
from tests.builders import NOW, add, fetch, make_chat, make_update, make_utterance
from tests.integration.pipeline.group import HENRY, make_group

WORDS = "xylophone"
ZELDA = {"id": 777, "first_name": "Zelda", "last_name": "Quux", "username": "zelda_q"}
PLANTED = (WORDS, "zelda", "quux")

TYPES = ("text", "ARRAY", "jsonb", "character varying")


def find_planted(pipeline):
    """Where one of the planted words stands in the database, as (table, column)."""
    places = table("columns", column("table_schema"), column("data_type"), schema="information_schema")
    with pipeline.sessions() as session:
        columns = session.execute(
            select(literal_column("table_name"), literal_column("column_name"))
            .select_from(places)
            .where(places.c.table_schema == "public", places.c.data_type.in_(TYPES))
        ).all()
        return sorted((name, field) for name, field in columns if session.scalar(_holds_planted(name, field)))


def _holds_planted(name, field):
    words = cast(column(field), Text)
    planted = or_(*(words.icontains(word) for word in PLANTED))
    return select(func.count()).select_from(table(name)).where(planted)


@pytest.fixture
def group(pipeline):
    return make_group(pipeline)


@pytest.fixture
def known(pipeline, group):
    """A group that knows a lot of Zelda."""
    sessions, ada = pipeline.sessions, group.bots[0]
    number = group.say(f"Ada, my {WORDS} is back, $AAPL", ZELDA)
    [said] = fetch(sessions, select(Message).where(Message.telegram_message_id == number))
    quoted = {"message_id": number, "from": ZELDA, "text": said.text}
    group.say("so what", HENRY, reply_to_message=quoted)
    for bot, state in zip(group.bots, ("sent", "planned", "unknown"), strict=True):
        make_utterance(
            sessions, bot, group.chat, state=state, target_message_id=said.id, text=f"A {WORDS}, Zelda Quux?"
        )
    make_utterance(sessions, ada, group.chat, state="sent", text="Good morning, @zelda_q!")
    place = {"chat_id": group.chat.id, "bot_id": ada.id, "sent_at": NOW}
    add(
        sessions,
        Message(telegram_message_id=801, text=f"A {WORDS}?", reply_to_message_id=number, **place),
        Message(telegram_message_id=802, text="Welcome, Zelda Quux.", **place),
        Insight(
            message_id=said.id, chat_id=group.chat.id, topic=WORDS, stance="for", sentiment=0.5, summary="Zelda Quux"
        ),
        LLMJob(
            family="digest", lane="x", chat_id=group.chat.id, state="done", available_at=NOW, answer={"topics": [WORDS]}
        ),
    )
    with sessions.begin() as session:
        session.execute(
            text("update chats set digest = jsonb_build_object('summary', cast(:words as text))"), {"words": WORDS}
        )
    elsewhere = make_chat(sessions, *group.bots, title="Elsewhere")
    group.say(f"here too: {WORDS}", ZELDA, chat=elsewhere)
    return group


def test_every_planted_word_is_found_before_and_none_after(pipeline, known):
    before = {table for table, _ in find_planted(pipeline)}
    assert before >= {"messages", "utterances", "people", "insights", "llm_jobs", "chats", "inbox_updates"}
    number = known.say("/forgetme", ZELDA)
    assert find_planted(pipeline) == []
    [(_, words, reply_to)] = known.read()
    assert reply_to == number
    assert "deleted" in words
    assert fetch(pipeline.sessions, select(Person.id).where(Person.telegram_user_id == ZELDA["id"])) == []


def test_copies_and_edits_that_come_late_bring_nothing_back(pipeline, known):
    known.say("/forgetme", ZELDA)
    sent = {"from": ZELDA, "date": int(NOW.timestamp())}
    late = make_update(901, known.chat, 1, f"Ada, my {WORDS} is back", **sent)
    edit = {"update_id": 902, "edited_message": make_update(902, known.chat, 1, f"a {WORDS}", **sent)["message"]}
    store_updates(pipeline.ingest, known.bots[1].id, [late, edit])
    pipeline.clock.pass_seconds(10)
    ingest(pipeline.ingest)
    assert WORDS not in " ".join(fetch(pipeline.sessions, select(Message.text)))


def test_others_keep_what_they_wrote_and_the_person_may_go_on(pipeline, known):
    known.say("/forgetme", ZELDA)
    known.say("Ada, hello again", ZELDA)
    said = [words for words in fetch(pipeline.sessions, select(Message.text).order_by(Message.id)) if words]
    assert said == ["so what", "Welcome, someone.", "Ada, hello again"]
    assert fetch(pipeline.sessions, select(Person.display_name).where(Person.telegram_user_id == 777)) == ["Zelda Quux"]
    assert len(fetch(pipeline.sessions, select(Mention).where(Mention.status == "pending"))) == 1


def test_nobody_answers_what_is_forgotten(pipeline, known):
    known.say("/forgetme", ZELDA)
    assert fetch(pipeline.sessions, select(Mention)) == []
    states = dict(fetch_states(pipeline, select(Utterance.state, Utterance.reason).where(Utterance.kind != "command")))
    assert states == {"sent": None, "discarded": "forgotten"}


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
    assert cache.keys() == [b"other"]
