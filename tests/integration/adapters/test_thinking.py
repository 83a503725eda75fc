"""Models that think first: asked not to, given room as they need it, counted; over HTTP, by both SDKs."""

from __future__ import annotations

import pytest

from app.adapters.llm import call
from app.adapters.llm.presets import Preset, find_preset
from app.adapters.llm.profile import Wishes
from app.domain.errors import LLMMalformed
from app.domain.prompting import schema
from app.domain.providers.capabilities import MOST_THINKING, Capabilities
from tests.integration.adapters.habits import MESSAGES, TEXT, answer, refuse

SCHEMA = schema(1)


def thinks(tokens, quiet=None):
    """A server whose model thinks for `tokens` and then writes 9, within one limit; not if `quiet` is sent."""

    def decide(body):
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        thought = 0 if quiet is not None and quiet in body else tokens
        used = min(limit, thought + 9)
        usage = {
            "prompt_tokens": 40,
            "completion_tokens": used,
            "completion_tokens_details": {"reasoning_tokens": min(limit, thought)},
        }
        shown = {"reasoning_content": "hm"} if thought else {}
        if limit < thought + 9:
            return answer(body, {**shown, "content": ""}, "length", usage)
        return answer(body, {**shown, "content": TEXT}, "stop", usage)

    return decide


def limits(server):
    return [body.get("max_completion_tokens", body.get("max_tokens")) for _, body in server.requests]


def test_a_model_that_thinks_gets_room_within_the_call_and_from_then_on(server, store, connect, ask):
    server.decide = thinks(500)
    client = connect()
    found = ask(client, 400)
    assert found.text == TEXT
    first, second = limits(server)
    assert (first, second > 509) == (400, True)
    assert found.tokens_out == 400 + 509
    assert found.tokens_in == 80
    assert found.tokens_reasoning == 400 + 500
    assert found.tokens_wasted == 40 + 400
    again = ask(client, 400)
    assert (again.tokens_out, again.tokens_wasted) == (509, 0)
    assert len(server.requests) == 3
    [(known, _)] = store.known.values()
    assert known.thinking in {"seen", "always"}
    assert known.thinking_tokens >= 500


def test_a_new_worker_leaves_the_room_at_once(server, connect, ask):
    server.decide = thinks(500)
    ask(connect(), 400)
    before = len(server.requests)
    ask(connect(), 400)
    assert len(server.requests) == before + 1


def test_a_model_that_only_thinks_is_named_after_three_requests(server, connect, ask):
    server.decide = thinks(10**6)
    with pytest.raises(LLMMalformed, match="leaves none for the answer: set LLM_REASONING=none") as error:
        ask(connect(), 400)
    assert error.value.fault == "thinking"
    assert not error.value.blames_prompt
    asked = limits(server)
    assert len(asked) == 3
    assert asked == sorted(set(asked))
    assert asked[-1] <= 400 + MOST_THINKING
    assert error.value.spent.tokens_out == sum(asked)
    assert error.value.spent.tokens_in == 3 * 40


def test_where_no_more_requests_are_made_the_next_call_has_the_room(server, connect, monkeypatch):
    server.decide = thinks(500)
    client = connect()
    monkeypatch.setattr(call, "MOST_RAISES", 0)
    with pytest.raises(LLMMalformed):
        client.complete(MESSAGES, SCHEMA, 400)
    assert client.complete(MESSAGES, SCHEMA, 400).text == TEXT
    assert len(server.requests) == 2


def test_an_unknown_server_is_asked_not_to_think_once_it_was_seen_to(server, store, connect, ask):
    server.decide = thinks(50, quiet="chat_template_kwargs")
    client = connect()
    for _ in range(3):
        ask(client)
    first, second, third = (body for _, body in server.requests)
    assert "chat_template_kwargs" not in first
    assert second["chat_template_kwargs"] == third["chat_template_kwargs"] == {"enable_thinking": False}
    [(known, _)] = store.known.values()
    assert known.thinking == "switchable"


def test_fields_that_are_refused_are_left_out_one_by_one(server, store, connect, ask):
    def decide(body):
        if "thinking" in body:
            return refuse(400, "Unrecognized request argument supplied: thinking")
        if "chat_template_kwargs" in body:
            return refuse(400, "Unknown parameter: 'chat_template_kwargs'", param="chat_template_kwargs")
        if body.get("reasoning_effort") in {"none", "minimal"}:
            return refuse(400, "Unsupported value: 'none'. Supported values are: 'low', 'medium', and 'high'.",
                          param="reasoning_effort", code="unsupported_value")  # fmt: skip
        return thinks(50)(body)

    server.decide = decide
    client = connect()
    for _ in range(3):
        ask(client)
    last = server.requests[-1][1]
    assert (last["reasoning_effort"], "thinking" in last, "chat_template_kwargs" in last) == ("low", False, False)
    assert len(server.requests) == 3 + 3
    [(known, _)] = store.known.values()
    assert known.thinking == "always"


def test_an_effort_that_the_operator_fixed_is_sent(server, connect, ask):
    server.decide = thinks(0)
    ask(connect(wishes=Wishes(reasoning="medium")))
    ask(connect(wishes=Wishes(reasoning="none")))
    first, second = (body for _, body in server.requests)
    assert first["reasoning_effort"] == "medium"
    assert (second["reasoning_effort"], second["thinking"]) == ("none", {"type": "disabled"})


def test_a_model_that_is_asked_to_think_is_not_taken_for_one_that_cannot_stop(server, store, connect, ask):
    server.decide = thinks(50)
    ask(connect(wishes=Wishes(reasoning="high")))
    [(known, _)] = store.known.values()
    assert known.thinking == "seen"


def test_a_server_that_does_not_think_is_sent_no_field_about_it(server, store, connect, ask):
    server.decide = thinks(0)
    client = connect()
    ask(client)
    ask(client)
    fields = {"reasoning_effort", "thinking", "chat_template_kwargs", "reasoning", "include_reasoning"}
    assert not any(fields & body.keys() for _, body in server.requests)
    [(known, _)] = store.known.values()
    assert (known.thinking, known.thinking_tokens) == ("none", 0)


def test_a_presets_fields_are_sent_from_the_first_request_on(server, connect, ask):
    server.decide = thinks(300, quiet="thinking")
    client = connect()
    client._profile.preset = Preset("p", Capabilities(), {"thinking": {"type": "disabled"}})
    assert ask(client).tokens_reasoning == 0
    assert [body["thinking"] for _, body in server.requests] == [{"type": "disabled"}]


def test_room_that_makes_a_request_too_long_is_given_up(server, store, connect, ask):
    def decide(body):
        if body["max_completion_tokens"] > 1000:
            return refuse(400, "maximum context length is 8192 tokens, and max_tokens is 5000", code="context")
        return answer(body)

    server.decide = decide
    store.known = {}
    client = connect()
    client._profile._known = Capabilities(thinking="always", thinking_tokens=4000)
    assert ask(client).text == TEXT
    assert limits(server)[-1] == 99


def test_presets_are_found_by_host_port_and_model():
    found = {
        ("https://api.openai.com/v1/", "gpt-5-mini"): ("openai", {"reasoning_effort": "minimal"}),
        ("https://api.openai.com/v1/", "gpt-5.4-nano"): ("openai", {"reasoning_effort": "none"}),
        ("https://api.openai.com/v1/", "o4-mini"): ("openai", {"reasoning_effort": "low"}),
        ("https://api.openai.com/v1/", "gpt-4o-mini"): ("openai", {}),
        ("https://api.groq.com", "openai/gpt-oss-20b"): (
            "groq",
            {"reasoning_effort": "low", "include_reasoning": False},
        ),
        ("https://api.deepseek.com", "deepseek-chat"): ("deepseek", {"thinking": {"type": "disabled"}}),
        ("https://eu.api.mistral.ai/v1", "mistral-small-latest"): ("mistral", {}),
        ("http://localhost:11434/v1/", "gemma4"): ("ollama", {"reasoning_effort": "none"}),
        ("http://gpu:8080/v1", "any"): ("llama.cpp", {"chat_template_kwargs": {"enable_thinking": False}}),
        ("http://gpu:9999/v1", "any"): ("unknown", {}),
        ("https://notapi.openai.com.example/v1", "gpt-5"): ("unknown", {}),
    }
    for (url, model), (name, quiet) in found.items():
        preset = find_preset(url, model)
        assert (preset.name, preset.quiet) == (name, quiet), url
