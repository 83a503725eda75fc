"""What a prompt shows of its chat: the thread it answers, the newest lines, facts and the bot's own words."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.prompting.token_rates import TokenRates
from app.models import LLMRequest, Message, Mute
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from app.services.settings.values import write_settings
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_message, make_utterance, refetch
from tests.integration.pipeline.test_query_count import counted
from tests.provider_fakes import answer_texts


def after(seconds):
    return NOW + dt.timedelta(seconds=seconds)


def answer(pipeline, chat, text, reply_to, seconds):
    """A person's express reply to a message."""
    said = make_message(pipeline.sessions, chat, text, after(seconds))
    with pipeline.sessions.begin() as session:
        session.get(Message, said.id).reply_to_message_id = reply_to.telegram_message_id
    return said


def texts(lines):
    return [line["text"] for line in lines]


@pytest.fixture
def room(pipeline):
    """A bot and its chat."""
    bot = make_bot(pipeline.sessions)
    return bot, make_chat(pipeline.sessions, bot)


def test_a_topic_is_opened_from_the_newest_messages_of_its_own_chat_only(pipeline, room):
    bot, here = room
    there = make_chat(pipeline.sessions, bot, title="Elsewhere")
    for number in range(15):
        make_message(pipeline.sessions, here, f"here {number}", after(number))
    make_message(pipeline.sessions, there, "secret of elsewhere")
    make_utterance(pipeline.sessions, bot, here, "planned")
    generate(pipeline.generation, AMBIENT)
    [[item]] = pipeline.llm.requests
    assert texts(item["chat"]["messages"]) == [f"here {number}" for number in range(3, 15)]
    assert "elsewhere" not in json.dumps(item)


def test_an_answer_sees_the_thread_that_the_chat_has_talked_over(pipeline, room):
    bot, chat = room
    question = make_message(pipeline.sessions, chat, "Which broker has the lowest fees?", after(0))
    detail = answer(pipeline, chat, "For bonds or for shares?", question, 5)
    for number in range(30):
        make_message(pipeline.sessions, chat, f"Lunch idea number {number}!", after(10 + number))
    target = answer(pipeline, chat, "For bonds.", detail, 60)
    plan = {"urgency": "interactive", "target_message_id": target.id, "kind": "reply", "topic": None}
    make_utterance(pipeline.sessions, bot, chat, "planned", **plan)
    generate(pipeline.generation, INTERACTIVE)
    [[item]] = pipeline.llm.requests
    assert texts(item["chat"]["thread"])[:2] == [question.text, detail.text]
    assert texts(item["chat"]["messages"])[-1] == "Lunch idea number 29!"
    assert len(item["chat"]["messages"]) <= 5
    assert item["task"]["target"]["text"] == "For bonds."


def test_a_bot_is_shown_what_it_said_on_the_topic_in_this_chat_only(pipeline, room):
    bot, chat = room
    other_chat = make_chat(pipeline.sessions, bot, title="Elsewhere")
    other_bot = make_bot(pipeline.sessions, "Bob")
    said = [
        (bot, chat, "sent", "I think rates will fall."),
        (bot, chat, "sent", "Coffee is what matters."),
        (bot, chat, "discarded", "These rates were never said."),
        (bot, other_chat, "sent", "Rates, said elsewhere."),
        (other_bot, chat, "sent", "Rates, said by another."),
    ]
    for speaker, place, state, text in said:
        make_utterance(pipeline.sessions, speaker, place, state, text=text)
    make_utterance(pipeline.sessions, bot, chat, "planned", topic="rates")
    generate(pipeline.generation, AMBIENT)
    [[item]] = pipeline.llm.requests
    assert item["chat"]["said_before"] == ["I think rates will fall."]


class Notebook:
    """A memory with one fact a chat, which remembers what it was asked."""

    def __init__(self):
        self.wishes = []

    def recall(self, wishes):
        self.wishes += wishes
        return [(f"fact of {wish.chat_id}",) for wish in wishes]


@pytest.fixture
def two_bots(pipeline):
    """Two bots that open a topic in one chat, where two people spoke."""
    bots = [make_bot(pipeline.sessions, name) for name in ("Ada", "Bob")]
    chat = make_chat(pipeline.sessions, *bots)
    said = [make_message(pipeline.sessions, chat, f"line {number}", after(number)) for number in range(2)]
    for bot in bots:
        make_utterance(pipeline.sessions, bot, chat, "planned", topic="rates", urgency="interactive", lane=AMBIENT)
    return bots, chat, said


def test_two_bots_of_a_chat_share_its_lines_in_one_request(pipeline, two_bots):
    generate(pipeline.generation, AMBIENT)
    [body] = map(json.loads, pipeline.llm.bodies)
    assert [[line[2] for line in chat["lines"]] for chat in body["chats"].values()] == [["line 0", "line 1"]]
    assert [item["chat"] for item in body["items"]] == ["c1", "c1"]
    assert body["now"] == f"{NOW:%A %Y-%m-%d %H:%M}"


def test_a_bot_that_somebody_muted_sees_nothing_of_theirs_in_the_part_of_another_bot(pipeline, two_bots):
    bots, chat, said = two_bots
    add(pipeline.sessions, Mute(chat_id=chat.id, person_id=said[0].person_id, bot_id=bots[0].id, since=NOW))
    generate(pipeline.generation, AMBIENT)
    [items] = pipeline.llm.requests
    shown = {item["persona"]["name"]: texts(item["chat"]["messages"]) for item in items}
    others = [message.text for message in said if message.person_id != said[0].person_id]
    assert shown == {"Ada": others, "Bob": ["line 0", "line 1"]}


def test_what_the_chat_heard_beyond_a_bots_own_lines_is_no_leak_for_it(pipeline, room):
    bot, chat = room
    old = "the merger of the two banks closes on friday at noon"
    said = make_message(pipeline.sessions, chat, old, after(0))
    for number in range(20):
        make_message(pipeline.sessions, chat, f"lunch {number}", after(1 + number))
    second = make_bot(pipeline.sessions, "Bob")
    row = {"urgency": "interactive", "lane": AMBIENT}
    late = make_utterance(pipeline.sessions, bot, chat, "planned", topic="rates", **row)
    row |= {"target_message_id": said.id, "kind": "reply", "topic": None}
    make_utterance(pipeline.sessions, second, chat, "planned", **row)
    pipeline.llm.answer = answer_texts(lambda one: f"So {old}?" if one == late.id else "Lunch it is.")
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, late).state == "ready"


def test_the_ledger_says_which_wording_was_asked_with(pipeline, two_bots):
    generate(pipeline.generation, AMBIENT)
    assert fetch(pipeline.sessions, select(LLMRequest.wording)) == ["chat-2"]


def test_facts_come_from_memory_each_in_its_own_chat(pipeline):
    notebook = Notebook()
    chats = []
    for name in ("Ada", "Bob"):
        bot = make_bot(pipeline.sessions, name)
        chats.append(make_chat(pipeline.sessions, bot, title=name))
        make_utterance(pipeline.sessions, bot, chats[-1], "planned", topic="rates")
    generate(replace(pipeline.generation, memory=notebook), AMBIENT)
    [items] = pipeline.llm.requests
    assert [item["chat"]["facts"] for item in items] == [[f"fact of {chat.id}"] for chat in chats]
    assert [(wish.chat_id, wish.about) for wish in notebook.wishes] == [(chat.id, "rates") for chat in chats]


def test_a_budget_that_operators_set_is_kept_in_the_tokens_that_the_provider_counts(pipeline):
    write_settings(pipeline.sessions, {"prompt_tokens": 1000}, "test", pipeline.clock)
    shown = []
    for ratio in (1.0, 2.0):
        bot = make_bot(pipeline.sessions)
        chat = make_chat(pipeline.sessions, bot)
        for number in range(12):
            make_message(pipeline.sessions, chat, f"{number} " + "long " * 60, after(number))
        pipeline.usage.rates = TokenRates(prompt_ratio=ratio)
        make_utterance(pipeline.sessions, bot, chat, "planned")
        generate(pipeline.generation, AMBIENT)
        shown.append(len(pipeline.llm.requests[-1][0]["chat"]["messages"]))
    assert 3 <= shown[1] < shown[0] < 12


def test_prompts_cost_the_same_statements_however_many_ride_together(pipeline, committed_db):
    def statements(count):
        for _ in range(count):
            bot = make_bot(pipeline.sessions)
            chat = make_chat(pipeline.sessions, bot)
            target = make_message(pipeline.sessions, chat, "Rates?")
            make_utterance(pipeline.sessions, bot, chat, "planned", target_message_id=target.id, kind="reply")
        with counted(committed_db) as seen:
            generate(pipeline.generation, AMBIENT)
        return [statement for statement in seen if statement.startswith("select")]

    assert len(statements(1)) == len(statements(8))
