"""Steps down the ladder after refusals as real servers put them, and how facts are merged and kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.providers.capabilities import (
    LADDER,
    LIMIT_NAMES,
    MOST_THINKING,
    Capabilities,
    merge,
    read_capabilities,
    start_again,
)
from app.domain.providers.ladder import Refusal, Sent, step_down

TOP = Capabilities()
PLAIN = Sent(streamed=False, max_tokens=400)
STREAMED = Sent(streamed=True, max_tokens=400)
EFFORT = Sent(streamed=False, max_tokens=400, reasoning=frozenset({"reasoning_effort"}), effort="none")

REFUSALS = [
    # what was sent, the words of the refusal, the facts that change
    (PLAIN, "This response_format type is unavailable now", {"answer_format": "tool"}),
    (PLAIN, "This model does not support response format `json_schema`. See …", {"answer_format": "tool"}),
    (PLAIN, "Invalid schema for response_format: 'minItems' is not permitted.", {"lengths": False}),
    (PLAIN, "response_format.json_schema.strict: only false is supported", {"answer_format": "json_schema"}),
    (PLAIN, "Failed to parse grammar", {"answer_format": "tool"}),
    (PLAIN, "body.max_completion_tokens: Extra inputs are not permitted", {"limit_name": "max_tokens"}),
    (PLAIN, "Unrecognized request argument supplied: max_completion_tokens", {"limit_name": "max_tokens"}),
    (PLAIN, "max_completion_tokens must be less than or equal to 256", {"most_tokens": 256}),
    (PLAIN, "max_tokens is too large: 400. This model supports at most 300 completion tokens", {"most_tokens": 300}),
    (PLAIN, "max_tokens must be less than or equal to 4000", None),
    (PLAIN, "temperature is not supported", None),
    (PLAIN, "streaming is not supported", None),
    (PLAIN, "json_schema", None),
    (STREAMED, "response_format does not support streaming", {"streams": False}),
    (STREAMED, "Unknown field stream_options", {"stream_usage": False}),
    (STREAMED, "json_schema is not supported", {"answer_format": "tool"}),
    (EFFORT, "reasoning_effort: 'none' is not supported. Values are: 'minimal', 'low'", {"effort": "minimal"}),
    (EFFORT, "reasoning_effort must be one of `low`, `medium`, or `high`", {"effort": "low"}),
    (EFFORT, "Invalid value for reasoning_effort", {"effort": "low"}),
    (EFFORT, "Thinking level NONE is not supported for this model", {"effort": "low"}),
    (EFFORT, "Reasoning is mandatory for this endpoint and cannot be disabled", {"effort": "low"}),
    (EFFORT, "Unknown parameter: 'reasoning_effort'", {"dropped": {"reasoning_effort"}}),
    (EFFORT, "`reasoning_effort` is not supported with this model", {"effort": "low"}),
    (PLAIN, "reasoning_effort is not supported", None),
]


@pytest.mark.parametrize(("sent", "words", "changed"), REFUSALS, ids=[refusal[1][:40] for refusal in REFUSALS])
def test_a_refusal_takes_away_what_it_names(sent, words, changed):
    lower = step_down(TOP, sent, Refusal(400, "", words.lower()))
    if changed is None:
        assert lower is None
    else:
        assert lower is not None
        assert {name: getattr(lower, name) for name in changed} == changed


@pytest.mark.parametrize("status", [401, 402, 403, 413, 429, 502, 503, 529])
def test_other_statuses_take_nothing_away(status):
    assert step_down(TOP, PLAIN, Refusal(status, "", "json_schema is not supported")) is None


def test_a_parameter_that_is_named_needs_no_words():
    lower = step_down(TOP, PLAIN, Refusal(400, "max_completion_tokens", "no"))
    assert lower is not None
    assert lower.limit_name == "max_tokens"


@given(st.text(max_size=200), st.sampled_from([None, 400, 422, 500]), st.booleans())
def test_steps_end_whatever_a_server_says(words, status, streamed):
    known, steps, every = TOP, 0, frozenset({"reasoning_effort"})
    words = f"{words} unsupported response_format tool json max_tokens reasoning_effort stream"
    refusal = Refusal(status, "", words)
    while (lower := step_down(known, Sent(streamed, 400, every - known.dropped), refusal)) is not None:
        assert LADDER.index(lower.answer_format) >= LADDER.index(known.answer_format)
        assert LIMIT_NAMES.index(lower.limit_name) >= LIMIT_NAMES.index(known.limit_name)
        known, steps = lower, steps + 1
        streamed = streamed and known.streams
        assert steps < 20


capabilities = st.builds(
    Capabilities,
    answer_format=st.sampled_from(LADDER),
    limit_name=st.sampled_from(LIMIT_NAMES),
    streams=st.booleans(),
    stream_usage=st.booleans(),
    most_tokens=st.integers(0, 10_000),
    dropped=st.frozensets(st.sampled_from(["thinking", "reasoning"])),
    effort=st.sampled_from(["", "none", "low"]),
    thinking=st.sampled_from(["unknown", "none", "seen", "switchable", "always"]),
    thinking_tokens=st.integers(0, MOST_THINKING),
)


@given(capabilities)
def test_facts_survive_their_storage(known):
    assert read_capabilities(known.to_json()) == known
    assert not known.differs(known)


@given(capabilities, capabilities)
def test_two_workers_agree_whoever_tells_first(one, other):
    assert merge(one, other) == merge(other, one)
    assert merge(one, merge(one, other)) == merge(one, other)


values = st.none() | st.text() | st.integers() | st.lists(st.text())


@given(st.dictionaries(st.sampled_from(sorted(TOP.to_json())), values))
def test_facts_of_another_version_are_read_without_an_error(facts):
    assert read_capabilities(read_capabilities(facts).to_json()) == read_capabilities(facts)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
def test_the_figure_of_thoughts_is_bounded_and_covers_the_last_one(thoughts):
    known = TOP
    for tokens in thoughts:
        known = known.after_thoughts(tokens, quieted=False)
        assert min(tokens, MOST_THINKING) <= known.thinking_tokens <= MOST_THINKING
        assert known.allowance <= MOST_THINKING


def test_a_long_thought_is_forgotten_after_many_short_ones():
    known = TOP.after_thoughts(4000, quieted=False)
    for _ in range(60):
        known = known.after_thoughts(100, quieted=False)
    assert known.thinking_tokens < 400


def test_a_new_day_begins_at_the_top_with_the_room_for_thoughts():
    learned = Capabilities("text", "none", False, False, False, 50, frozenset({"thinking"}), "low", "always", 700)
    assert start_again(learned, TOP) == Capabilities(thinking="always", thinking_tokens=700)
