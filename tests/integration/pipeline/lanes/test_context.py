"""A model whose context is too small for a request: it is cut, repeated at once, and nobody is blamed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.errors import LLMRejected
from app.domain.prompting import estimate_tokens
from app.models import Utterance
from app.services.lanes.generation import AMBIENT, MOST_CUTS, generate
from tests.builders import NOW, fetch, make_bot, make_chat, make_message, make_utterance
from tests.integration.pipeline.lanes.flights import states


@pytest.fixture
def small_model(pipeline):
    """A model that holds so many tokens of prompt and answer, and says so or not; returns the sizes it was sent."""

    def limit(context, sentence="maximum context length is {} tokens"):
        usual, sizes = pipeline.llm.complete, []

        def complete(messages, schema, max_tokens, *args, **options):
            sizes.append(estimate_tokens(messages) + max_tokens)
            if sizes[-1] > context:
                raise LLMRejected("It is too long.", "context", sentence.format(context))
            return usual(messages, schema, max_tokens, *args, **options)

        pipeline.llm.complete = complete
        return sizes

    return limit


def attempts(pipeline):
    return fetch(pipeline.sessions, select(Utterance.attempts))


@pytest.mark.parametrize("sentence", ["maximum context length is {} tokens", "please shorten it"])
def test_a_batch_that_is_too_long_is_cut_and_repeated_at_once(pipeline, plan, small_model, sentence):
    plan(12)
    sizes = small_model(1500, sentence)
    generate(pipeline.generation, AMBIENT)
    assert 1 <= states(pipeline).count("ready") < 12
    assert len(sizes) <= 1 + MOST_CUTS
    for _ in range(12):
        pipeline.clock.pass_seconds(10)
        generate(pipeline.generation, AMBIENT)
    assert set(states(pipeline)) == {"ready"}
    assert set(attempts(pipeline)) == {0}
    assert sum(size > 1500 for size in sizes) <= MOST_CUTS


def test_a_lone_prompt_that_is_too_long_loses_its_oldest_lines(pipeline, small_model):
    bot = make_bot(pipeline.sessions, "Ada")
    chat = make_chat(pipeline.sessions, bot)
    for number in range(20):
        at = NOW - dt.timedelta(seconds=100 - number)
        make_message(pipeline.sessions, chat, f"line {number} " + "words " * 60, at)
    make_utterance(pipeline.sessions, bot, chat, "planned")
    sizes = small_model(1400)
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["ready"]
    assert [size > 1400 for size in sizes] == [True, False]
    [body] = pipeline.llm.bodies
    assert "line 19" in body
    assert "line 0 " not in body


def test_a_prompt_that_no_cut_makes_short_enough_ends_for_that_reason(pipeline, plan, small_model):
    plan(1)
    small_model(10)
    for _ in range(10):
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)
    [found] = fetch(pipeline.sessions, select(Utterance))
    assert found.state == "discarded"


def test_a_provider_with_room_answers_what_the_first_ones_context_does_not_hold(pipeline, plan, small_model, fallback):
    plan(1)
    small_model(10)
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["ready"]
    assert len(fallback.client.requests) == 1
