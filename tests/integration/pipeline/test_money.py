"""Budgets of fleet, chat and bot: reserved before a request, settled after it, and what follows as they run out."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.errors import LLMRateLimited, LLMUnavailable
from app.domain.money import Price
from app.domain.prompting import TOKENS_PER_WORD
from app.models import Bot, Chat, LLMRequest, Setting, Spending, Utterance
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from app.services.schedule.tick import run_tick
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_mention, make_message, make_utterance, refetch

DAY = NOW.date()
COST_OF_TWO = 100 + 20 * 4
"""100 tokens in at 1 micro, 10 out for each of two prompts at 4."""


def spend(pipeline, scope, scope_id, micros):
    add(pipeline.sessions, Spending(day=DAY, scope=scope, scope_id=scope_id, micros=micros))


def spent(pipeline):
    return {(row.scope, row.scope_id): row.micros for row in fetch(pipeline.sessions, select(Spending))}


def limit(pipeline, table, row, usd):
    with pipeline.sessions.begin() as session:
        session.get(table, row.id).daily_budget_usd = usd


@pytest.fixture
def scene(pipeline):
    """A bot in a chat, with something planned."""
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    return bot, chat, make_utterance(pipeline.sessions, bot, chat, "planned")


def configure(pipeline, **values):
    add(pipeline.sessions, *(Setting(scope="fleet", key=key, value=value) for key, value in values.items()))


def test_a_request_costs_its_chats_and_bots_equal_parts_and_the_fleet_the_whole(pipeline):
    bots = [make_bot(pipeline.sessions, f"Bot{n}") for n in range(2)]
    chats = [make_chat(pipeline.sessions, bot) for bot in bots]
    for bot, chat in zip(bots, chats, strict=True):
        make_utterance(pipeline.sessions, bot, chat, "planned")
    generate(pipeline.generation, AMBIENT)
    half = COST_OF_TWO // 2
    expected = {("bot", bot.id): half for bot in bots} | {("chat", chat.id): half for chat in chats}
    assert spent(pipeline) == expected | {("fleet", 0): COST_OF_TWO}
    [row] = fetch(pipeline.sessions, select(LLMRequest))
    assert row.cost_micros == COST_OF_TWO


def test_the_cost_of_the_longest_answer_is_reserved_while_the_request_is_in_flight(pipeline, scene):
    during = []
    pipeline.llm.answer = lambda items: during.append(
        (spent(pipeline)[("fleet", 0)], fetch(pipeline.sessions, select(LLMRequest.cost_micros))[0])
    )
    generate(pipeline.generation, AMBIENT)
    [(fleet, ledger)] = during
    words = pipeline.settings.read().max_words
    assert fleet == ledger > words * TOKENS_PER_WORD * pipeline.price.answer


def test_a_request_that_was_turned_away_costs_nothing_and_one_without_an_answer_what_it_reserved(pipeline, scene):
    pipeline.llm.errors = [LLMRateLimited(1)]
    generate(pipeline.generation, AMBIENT)
    assert set(spent(pipeline).values()) == {0}
    pipeline.clock.pass_seconds(5)
    pipeline.llm.errors = [LLMUnavailable("down")]
    generate(pipeline.generation, AMBIENT)
    assert min(spent(pipeline).values()) > 0


@pytest.mark.parametrize("scope", ["fleet", "chat", "bot"])
def test_a_plan_that_its_budget_does_not_hold_is_never_asked_for_and_says_why(pipeline, scene, scope):
    bot, chat, plan = scene
    configure(pipeline, **{f"budget_{scope}_usd": 0.01})
    spend(pipeline, scope, {"fleet": 0, "chat": chat.id, "bot": bot.id}[scope], 9_990)
    before = spent(pipeline)
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    row = refetch(pipeline.sessions, plan)
    assert (row.state, row.reason) == ("discarded", "budget_spent")
    assert {key: value for key, value in spent(pipeline).items() if value} == before
    assert fetch(pipeline.sessions, select(LLMRequest)) == []
    assert (pipeline.breaker.cancelled, pipeline.provider.settled[0][1]) == (1, 0)


def test_one_bot_without_money_does_not_keep_others_from_speaking(pipeline, scene):
    poor, _, plan = scene
    limit(pipeline, Bot, poor, 0.01)
    spend(pipeline, "bot", poor.id, 10_000)
    rich = make_bot(pipeline.sessions, "Rich")
    other = make_utterance(pipeline.sessions, rich, make_chat(pipeline.sessions, rich), "planned")
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).reason == "budget_spent"
    assert refetch(pipeline.sessions, other).state == "ready"
    assert spent(pipeline)[("bot", poor.id)] == 10_000


def test_a_budget_of_its_own_takes_the_place_of_the_default(pipeline, scene):
    _, chat, plan = scene
    configure(pipeline, budget_chat_usd=0.01)
    spend(pipeline, "chat", chat.id, 10_000)
    limit(pipeline, Chat, chat, 1)
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).state == "ready"


def test_no_budget_is_ever_overdrawn_by_requests_at_once(pipeline):
    """Each request reserves before it is made, so that what is spent, and not only what was settled, is bounded."""
    configure(pipeline, budget_fleet_usd=0.001)
    pipeline.price = Price(1.0, 1.0, 4.0)
    seen = []
    pipeline.llm.answer = lambda items: seen.append(spent(pipeline)[("fleet", 0)])
    for number in range(12):
        bot = make_bot(pipeline.sessions, f"Bot{number}")
        make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned", urgency="interactive")
    for _ in range(6):
        generate(pipeline.generation, INTERACTIVE)
        pipeline.clock.pass_seconds(5)
    assert seen
    assert max(seen) <= 1_000


def test_the_next_day_has_its_own_money(pipeline, scene):
    bot, chat, _ = scene
    configure(pipeline, budget_fleet_usd=0.01)
    spend(pipeline, "fleet", 0, 10_000)
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    pipeline.clock.pass_seconds(24 * 3600)
    make_utterance(pipeline.sessions, bot, chat, "planned", available_at=pipeline.clock.now())
    generate(pipeline.generation, AMBIENT)
    assert len(pipeline.llm.requests) == 1


@pytest.mark.parametrize(("share", "words"), [(0.0, 40), (0.79, 40), (0.8, 20)])
def test_a_chat_that_saves_gets_shorter_messages(pipeline, scene, share, words):
    _, chat, _ = scene
    limit(pipeline, Chat, chat, 1)
    spend(pipeline, "chat", chat.id, int(share * 1_000_000))
    generate(pipeline.generation, AMBIENT)
    [[item]] = pipeline.llm.requests
    assert item["task"]["max_words"] == words


def speak(pipeline, bot, mention=None):
    """Turns until the bot plans something, at most 80 of them; its plan or None."""
    for number in range(80):
        run_tick(pipeline.tick, bot.id, NOW + dt.timedelta(seconds=number), mention.id if mention else None)
        planned = fetch(pipeline.sessions, select(Utterance).where(Utterance.bot_id == bot.id))
        if planned:
            return planned[0]
    return None


@pytest.fixture
def talker(pipeline):
    """A bot that may speak, in a chat where somebody asked it something."""
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    return bot, chat, make_message(pipeline.sessions, chat, "Ada?")


def test_a_bot_that_saves_is_answered_by_the_cheaper_model(pipeline, talker):
    bot, _, _ = talker
    limit(pipeline, Bot, bot, 1)
    spend(pipeline, "bot", bot.id, 700_000)
    pipeline.economy = [pipeline.add_fallback()]
    pipeline.more = []
    plan = speak(pipeline, bot)
    assert plan.lane == f"{AMBIENT}.economy"
    generate(pipeline.generation, plan.lane)
    assert pipeline.llm.requests == []
    assert len(pipeline.economy[0].client.requests) == 1
    assert refetch(pipeline.sessions, plan).state == "ready"


def test_without_a_cheaper_model_the_usual_one_answers_on(pipeline, talker):
    bot, _, _ = talker
    limit(pipeline, Bot, bot, 1)
    spend(pipeline, "bot", bot.id, 700_000)
    assert speak(pipeline, bot).lane == AMBIENT


@pytest.mark.parametrize("scope", ["fleet", "chat", "bot"])
def test_near_the_end_of_a_budget_only_people_who_ask_get_an_answer(pipeline, talker, scope):
    bot, chat, message = talker
    configure(pipeline, **{f"budget_{scope}_usd": 1})
    spend(pipeline, scope, {"fleet": 0, "chat": chat.id, "bot": bot.id}[scope], 950_000)
    assert speak(pipeline, bot) is None
    mention = make_mention(pipeline.sessions, bot, message)
    assert speak(pipeline, bot, mention).urgency == "interactive"


@pytest.mark.parametrize("scope", ["fleet", "chat", "bot"])
def test_a_spent_budget_is_silence(pipeline, talker, scope):
    bot, chat, message = talker
    configure(pipeline, **{f"budget_{scope}_usd": 1})
    spend(pipeline, scope, {"fleet": 0, "chat": chat.id, "bot": bot.id}[scope], 1_000_000)
    assert speak(pipeline, bot, make_mention(pipeline.sessions, bot, message)) is None
