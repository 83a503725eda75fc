"""/about, /help, /mute, /unmute and /forgetme, from the group to the group: answered by code, once, and kept to."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from app.domain.money import Budgets
from app.models import Bot, Chat, Mention, Message, Mute, Person, Utterance
from app.repositories.schedule import tick_context
from app.services.ingest.inbox import ingest, store_updates
from app.services.lanes.generation import INTERACTIVE, generate
from app.services.schedule.sweeping import sweep
from app.services.schedule.tick import run_tick
from app.services.settings.values import write_settings
from tests.builders import NOW, add, fetch, make_chat, make_update, make_utterance
from tests.integration.pipeline.group import GRACE, HENRY, make_group


@pytest.fixture
def group(pipeline):
    return make_group(pipeline)


def mentions(pipeline):
    return fetch(pipeline.sessions, select(Mention.bot_id).where(Mention.status == "pending"))


@pytest.mark.parametrize("word", ["about", "help", "mute", "unmute", "forgetme"])
def test_of_three_bots_one_answers_a_bare_command_at_once_and_without_the_model(pipeline, group, word):
    number = group.say(f"/{word}")
    assert pipeline.queue.deliveries > 0
    assert mentions(pipeline) == []
    assert pipeline.queue.urgent == []
    [(who, words, reply_to)] = group.read()
    assert (who, reply_to) == (0, number)
    assert len(words) > 20
    assert pipeline.llm.requests == []
    pipeline.clock.pass_seconds(10)
    ingest(pipeline.ingest)
    assert group.read() == []


def test_about_says_that_it_is_a_bot_who_runs_it_its_character_and_how_to_be_left_alone(group):
    group.say("/about@" + group.bots[1].username)
    [(who, words, _)] = group.read()
    assert who == 1
    for piece in (
        "I am Bob, a bot",
        "not a person",
        "run by the operators",
        "tone of Bob",
        "rates",
        "/mute",
        "/forgetme",
    ):
        assert piece in words


def test_about_tells_the_operator_even_by_an_address_that_no_model_may_write(pipeline, group):
    ports = replace(pipeline.ingest, operator="the Gazette (desk@example.org)")
    store_updates(ports, group.bots[0].id, [make_update(1, group.chat, 1, "/about")])
    ingest(ports)
    [(_, words, _)] = group.read()
    assert "run by the Gazette (desk@example.org)." in words


def test_a_turkish_chat_is_answered_in_turkish(pipeline):
    group = make_group(pipeline, language="tr")
    group.say("/about")
    [(_, words, _)] = group.read()
    assert "Ben Ada, bir botum" in words


def test_a_bot_that_may_not_speak_leaves_the_answer_to_another(pipeline, group):
    with pipeline.sessions.begin() as session:
        session.execute(update(Bot).where(Bot.id == group.bots[0].id).values(status="paused"))
    group.say("/help")
    assert [who for who, _, _ in group.read()] == [1]


def test_a_bot_answers_a_command_beside_what_it_is_saying(pipeline, group):
    make_utterance(
        pipeline.sessions, group.bots[0], group.chat, state="generating", lease_until=NOW, urgency="interactive"
    )
    group.say("/about")
    with pipeline.sessions() as session:
        row = tick_context.load(session, group.bots[0].id, pipeline.clock.now(), Budgets(0, 0, 0))
    assert row.speaking == "busy"
    assert [who for who, _, _ in group.read()] == [0]


def test_a_kill_switch_holds_the_answer_back_and_it_goes_stale(pipeline, group):
    with pipeline.sessions.begin() as session:
        session.execute(update(Chat).values(status="paused"))
    group.say("/about")
    assert group.read() == []
    pipeline.clock.pass_seconds(301)
    sweep(pipeline.sweeping)
    assert fetch(pipeline.sessions, select(Utterance.reason)) == ["stale"]


def test_who_repeats_a_command_at_once_gets_one_answer_and_others_get_theirs(pipeline, group):
    group.say("/about")
    for number, who in ((50, GRACE), (51, HENRY)):
        sent = {"from": who, "date": int(pipeline.clock.now().timestamp())}
        store_updates(pipeline.ingest, group.bots[0].id, [make_update(number, group.chat, number, "/help", **sent)])
    ingest(pipeline.ingest)
    assert [reply_to for _, _, reply_to in group.read()] == [1, 51]


@pytest.mark.parametrize("words", ["/mute @spammer", "/mute 10m", "/mute@rose_bot", "/ban @spammer", "/about@rose_bot"])
def test_what_is_meant_for_another_bot_of_the_group_is_left_to_it(pipeline, group, words):
    group.say(words)
    assert (group.read(), mentions(pipeline), fetch(pipeline.sessions, select(Mute))) == ([], [], [])


def test_a_mute_in_reply_to_somebody_else_is_left_to_a_moderation_bot(pipeline, group):
    first = group.say("buy now, buy now", HENRY)
    group.say("/mute", reply_to_message={"message_id": first})
    assert (group.read(), fetch(pipeline.sessions, select(Mute))) == ([], [])


def test_after_a_mute_no_bot_answers_until_unmute(pipeline, group):
    group.say("Ada, what about rates?")
    assert len(mentions(pipeline)) == 1
    group.say("/mute")
    assert mentions(pipeline) == []
    group.say(f"@{group.bots[1].username} Ada hello?")
    assert mentions(pipeline) == []
    group.say("Ada, what about rates?", HENRY)
    assert mentions(pipeline) == [group.bots[0].id]
    group.say("/unmute")
    group.say(f"@{group.bots[1].username} hello?")
    assert mentions(pipeline) == [group.bots[0].id, group.bots[1].id]
    assert ["until you say /unmute" in words for _, words, _ in group.read()] == [True, False]


def test_one_bot_can_be_muted_by_name_by_handle_and_by_a_reply(pipeline, group):
    ada, bob, cem = group.bots
    add(
        pipeline.sessions, Message(chat_id=group.chat.id, telegram_message_id=900, bot_id=cem.id, text="x", sent_at=NOW)
    )
    group.say(f"/mute@{ada.username}")
    group.say(f"/mute @{bob.username}")
    group.say("/mute", reply_to_message={"message_id": 900})
    muted = fetch(pipeline.sessions, select(Mute.bot_id).order_by(Mute.id))
    assert muted == [ada.id, bob.id, cem.id]
    assert [who for who, _, _ in group.read()] == [0, 1, 2]


def test_when_all_are_muted_one_may_come_back_alone(pipeline, group):
    ada, bob, cem = group.bots
    group.say("/mute")
    group.say(f"/unmute @{bob.username}")
    group.say("Ada, Bob, Cem, hello")
    assert mentions(pipeline) == [bob.id]
    assert sorted(fetch(pipeline.sessions, select(Mute.bot_id))) == [ada.id, cem.id]


def test_what_was_about_to_be_answered_to_the_person_is_dropped(pipeline, group):
    number = group.say("rates rise")
    [target] = fetch(pipeline.sessions, select(Message.id).where(Message.telegram_message_id == number))
    for bot, state in zip(group.bots, ("planned", "ready", "sending"), strict=True):
        urgency = "ambient" if state == "ready" else "interactive"
        make_utterance(pipeline.sessions, bot, group.chat, state=state, target_message_id=target, urgency=urgency)
    group.say("/mute")
    states = fetch(pipeline.sessions, select(Utterance.state).where(Utterance.kind != "command").order_by(Utterance.id))
    assert states == ["discarded", "discarded", "sending"]


def test_a_tick_never_picks_who_is_muted(pipeline, group):
    ada = group.bots[0]
    settings = {"speak_probability": 1, "reply_probability": 1, "talk_backoff": 0, "cooldown_s": 0, "chat_gap_s": 0}
    write_settings(pipeline.sessions, settings, "test", pipeline.clock)
    group.say("rates? rates? what about rates?")
    group.say(f"/mute@{ada.username}")
    group.say("rates? rates? what do you think of rates?", chat=group.chat)
    pipeline.clock.pass_seconds(1)
    run_tick(pipeline.tick, ada.id, pipeline.clock.now())
    run_tick(pipeline.tick, group.bots[1].id, pipeline.clock.now())
    planned = select(Utterance.bot_id, Utterance.kind).where(Utterance.kind != "command")
    assert dict(fetch_pairs(pipeline, planned)) == {ada.id: "topic"}
    with pipeline.sessions.begin() as session:
        session.execute(delete(Utterance))
    run_tick(pipeline.tick, group.bots[1].id, pipeline.clock.now())
    assert dict(fetch_pairs(pipeline, planned)) == {group.bots[1].id: "reply"}


def test_the_engine_is_told_whom_each_bot_leaves_alone_where(pipeline, group):
    ada, bob, _ = group.bots
    elsewhere = make_chat(pipeline.sessions, ada, title="Elsewhere")
    group.say(f"/mute@{ada.username}")
    group.say("/mute", HENRY)
    people = dict(fetch_pairs(pipeline, select(Person.telegram_user_id, Person.id)))
    muted = {}
    for bot in (ada, bob):
        with pipeline.sessions() as session:
            row = tick_context.load(session, bot.id, pipeline.clock.now(), Budgets(0, 0, 0))
        muted[bot.id] = {chat.id: chat.muted for chat in row.chats}
    assert muted[ada.id] == {group.chat.id: {people[555], people[556]}, elsewhere.id: frozenset()}
    assert muted[bob.id] == {group.chat.id: {people[556]}}


def fetch_pairs(pipeline, statement):
    with pipeline.sessions() as session:
        return [tuple(row) for row in session.execute(statement)]


def test_a_muted_persons_words_are_in_no_prompt_of_the_bots_they_muted(pipeline, group):
    ada, bob, _ = group.bots
    group.say("the quokka is back")
    group.say(f"/mute@{ada.username}")
    group.say(f"@{ada.username} @{bob.username} hello", HENRY)
    for tick in pipeline.queue.urgent:
        run_tick(pipeline.tick, tick.bot_id, pipeline.clock.now(), tick.mention_id)
    generate(pipeline.generation, INTERACTIVE)
    prompts = {item["persona"]["name"]: json.dumps(item) for request in pipeline.llm.requests for item in request}
    assert {name: "quokka" in prompt for name, prompt in prompts.items()} == {"Ada": False, "Bob": True}


def test_commands_and_their_answers_are_no_part_of_the_conversation(pipeline, group):
    group.say("/help")
    group.say("/ban @somebody")
    assert len(group.read()) == 1
    group.say("hello", HENRY)
    with pipeline.sessions() as session:
        row = tick_context.load(session, group.bots[0].id, pipeline.clock.now(), Budgets(0, 0, 0))
    assert [message.text for message in row.chats[0].messages] == ["hello"]
