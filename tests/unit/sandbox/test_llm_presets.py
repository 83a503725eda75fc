"""Providers to imitate: the presets are whole, and each refuses, thinks and wraps as it says."""

import json
import random
from dataclasses import replace
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from sandbox.llm.answers import make_answer
from sandbox.llm.chat_requests import ChatRequest, read_chat_request
from sandbox.llm.command import alter, llm_command
from sandbox.llm.errors import ApiError, has_words
from sandbox.llm.fault_kinds import ON_ARRIVAL, FaultKind
from sandbox.llm.limits import Standing, Verdict
from sandbox.llm.providers import PLAIN, PresetError, Provider, Reasoning, built_in, find_provider, read_presets
from sandbox.llm.refusals import over_limit, strike, wait_headers
from sandbox.llm.rules import check_body, check_request
from sandbox.llm.tokens import count_text
from tests.unit.sandbox.test_llm_answers import SCHEMA, a_body

STANDING = Standing(60, 0, 20.0, 1000, 100, 20.0)
JSON_OBJECT = {"type": "json_object"}
TOOL = {"type": "function", "function": {"name": "answer", "parameters": SCHEMA}}
FORCED = {"type": "function", "function": {"name": "answer"}}


def a_request(**fields: Any) -> ChatRequest:
    return read_chat_request(a_body(**fields))


def refusal(name: str, **fields: Any) -> ApiError:
    """The refusal of a request by a preset."""
    with pytest.raises(ApiError) as caught:
        accepts(name, **fields)
    return caught.value


def accepts(name: str, **fields: Any) -> None:
    provider, body = find_provider(name), a_body(**fields)
    check_body(body, provider)
    check_request(read_chat_request(body), provider)


@pytest.mark.parametrize("provider", built_in().values(), ids=lambda provider: provider.name)
def test_every_preset_is_described_and_sourced_and_has_words(provider: Provider) -> None:
    assert provider.about
    assert provider.sources
    assert provider.models
    assert has_words(provider.words)


@pytest.mark.parametrize("name", ["openai", "groq", "llama.cpp", "vllm-qwen", "lm-studio", "litellm", "gpt-5"])
def test_who_enforces_schemas_takes_todays_request(name: str) -> None:
    accepts(name, max_completion_tokens=400, stream=True, stream_options={"include_usage": True})
    answer = make_answer(
        a_request(max_completion_tokens=4000), None, 0, find_provider(name), find_provider(name).habits
    )
    assert {item["id"] for item in json.loads(answer.content or "")["items"]} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("deepseek", "This response_format type is unavailable now"),
        ("groq-llama", "This model does not support response format `json_schema`"),
    ],
)
def test_a_schema_is_refused_in_the_providers_own_words(name: str, message: str) -> None:
    error = refusal(name)
    assert error.status == 400
    assert error.message.startswith(message)
    assert error.as_json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("name", ["deepseek", "groq"])
def test_json_mode_wants_the_word_json(name: str) -> None:
    assert "json" in refusal(name, response_format=JSON_OBJECT).message
    told = [{"role": "system", "content": "Answer in JSON."}]
    accepts(name, response_format=JSON_OBJECT, messages=told)


def test_mistral_refuses_an_unknown_field_with_422_and_names_it() -> None:
    error = refusal("mistral", max_completion_tokens=300)
    assert error.status == 422
    (detail,) = error.as_json()["message"]["detail"]
    assert (detail["type"], detail["loc"], detail["input"]) == (
        "extra_forbidden",
        ["body", "max_completion_tokens"],
        300,
    )
    assert refusal("mistral", stream_options={"include_usage": True}).status == 422
    accepts("mistral", max_tokens=300)


def test_lm_studio_refuses_json_mode_with_a_bare_string() -> None:
    assert refusal("lm-studio", response_format=JSON_OBJECT).as_json() == {
        "error": "'response_format.type' must be 'json_schema' or 'text'"
    }


def test_gpt_5_names_the_field_to_use_instead() -> None:
    assert "Use 'max_completion_tokens' instead" in refusal("gpt-5", max_tokens=300).message


def test_efforts_are_checked_where_the_provider_checks_them() -> None:
    assert "must be one of" in refusal("groq", reasoning_effort="minimal").message
    assert "not supported with this model" in refusal("groq-llama", reasoning_effort="low").message
    accepts("gpt-5", reasoning_effort="minimal")
    assert refusal("openai", thinking={"type": "disabled"}).status == 400
    accepts("deepseek-reasoner", thinking={"type": "disabled"}, response_format=None)


def test_a_forced_tool_is_refused_while_deepseek_thinks() -> None:
    asked = {"response_format": None, "tools": [TOOL], "tool_choice": FORCED}
    assert refusal("deepseek-reasoner", **asked).message == "Thinking mode does not support this tool_choice"
    accepts("deepseek-reasoner", **asked, thinking={"type": "disabled"})


def test_a_model_that_is_not_listed_is_refused_where_names_count() -> None:
    error = refusal("wrong-model")
    assert (error.status, error.as_json()["error"]["code"]) == (404, "model_not_found")
    accepts("wrong-model", model="gpt-4.1-mini")
    accepts("openai")


def test_a_prompt_beyond_the_context_is_refused_with_the_servers_count() -> None:
    long = [{"role": "user", "content": "word " * 12_000}]
    body = refusal("llama.cpp", messages=long).as_json()["error"]
    assert (body["type"], body["n_ctx"]) == ("exceed_context_size_error", 8192)
    assert body["n_prompt_tokens"] > 15_000
    assert "(15" in refusal("vllm-qwen", messages=long, max_tokens=30_000).message


@pytest.mark.parametrize("kind", sorted(ON_ARRIVAL - {"reset"}))
@pytest.mark.parametrize("name", ["openai", "mistral", "gemini", "openrouter"])
def test_every_refusal_has_a_body_with_a_sentence(kind: FaultKind, name: str) -> None:
    with pytest.raises(ApiError) as caught:
        strike({kind}, None, a_request(), find_provider(name))
    assert caught.value.status >= 400
    assert caught.value.message
    json.dumps(caught.value.as_json())


def test_no_money_has_the_codes_that_tell_it_from_a_limit() -> None:
    with pytest.raises(ApiError) as caught:
        strike({"insufficient_quota"}, None, a_request(), PLAIN)
    assert (caught.value.status, caught.value.as_json()["error"]["code"]) == (429, "insufficient_quota")
    limit = over_limit(Verdict(False, "requests", 7.66), a_request(), STANDING, find_provider("scaleway"))
    assert "INSUFFICIENT QUOTA" in limit.message
    assert limit.as_json()["error"]["code"] == "rate_limit_exceeded"


def test_a_wait_is_told_as_the_provider_tells_it() -> None:
    assert wait_headers(7.66, "seconds") == {"retry-after": "8", "retry-after-ms": "7660"}
    assert wait_headers(7.66, "milliseconds") == {"retry-after-ms": "7660"}
    assert wait_headers(7.66, "date")["retry-after"].endswith("GMT")
    assert wait_headers(7.66, "text") == wait_headers(7.66, "none") == {}
    gemini = over_limit(Verdict(False, "requests", 7.66), a_request(), STANDING, find_provider("gemini"))
    assert "Please retry in 7.66s" in gemini.message
    assert gemini.as_json()[0]["error"]["details"][0]["retryDelay"] == "8s"
    groq = over_limit(Verdict(False, "tokens", 7.66), a_request(), STANDING, find_provider("groq"))
    assert "Limit 1000, Used 900" in groq.message
    assert "try again in 7.66s" in groq.message


def test_thinking_takes_the_allowance_and_leaves_an_empty_answer() -> None:
    gpt_5 = find_provider("gpt-5")
    answer = make_answer(a_request(max_completion_tokens=400), None, 0, gpt_5)
    assert (answer.content, answer.finish_reason) == ("", "length")
    assert answer.usage.as_json()["completion_tokens_details"]["reasoning_tokens"] == 400
    quick = make_answer(a_request(max_completion_tokens=400, reasoning_effort="minimal"), None, 0, gpt_5)
    assert (quick.finish_reason, quick.usage.reasoning) == ("stop", 0)
    roomy = make_answer(a_request(max_completion_tokens=9000), None, 0, gpt_5)
    assert roomy.usage.completion == roomy.usage.reasoning + count_text(roomy.said)
    assert roomy.usage.reasoning > 900


@pytest.mark.parametrize(
    ("name", "off"),
    [
        ("deepseek-reasoner", {"thinking": {"type": "disabled"}}),
        ("vllm-qwen", {"chat_template_kwargs": {"enable_thinking": False}}),
        ("openrouter", {"reasoning": {"enabled": False}}),
        ("openrouter", {"reasoning": {"effort": "none"}}),
        ("gemini", {"reasoning_effort": "none"}),
    ],
)
def test_thinking_is_turned_off_by_the_providers_own_switch(name: str, off: dict[str, Any]) -> None:
    provider = find_provider(name)
    accepts(name, response_format=None, **off)
    assert make_answer(a_request(response_format=None), None, 0, provider).usage.reasoning > 0
    assert make_answer(a_request(response_format=None, **off), None, 0, provider).usage.reasoning == 0


def test_thinking_is_shown_where_the_provider_shows_it() -> None:
    answers = {
        name: make_answer(a_request(response_format=None), None, 0, find_provider(name))
        for name in ("groq", "deepseek-reasoner", "minimax", "gpt-oss-raw", "gpt-5")
    }
    assert answers["groq"].thought_field == "reasoning"
    assert answers["deepseek-reasoner"].thought_field == "reasoning_content"
    assert (answers["minimax"].content or "").startswith("<think>")
    assert (answers["gpt-oss-raw"].content or "").startswith("<|channel|>analysis<|message|>")
    assert answers["gpt-5"].thought == ""
    hidden = make_answer(a_request(include_reasoning=False), None, 0, find_provider("groq"))
    assert (hidden.thought_field, hidden.usage.reasoning > 0) == (None, True)


def test_a_forced_tool_is_called_with_the_answer_as_its_arguments() -> None:
    answer = make_answer(a_request(response_format=None, tools=[TOOL], tool_choice=FORCED), None, 0)
    assert (answer.content, answer.tool, answer.finish_reason) == (None, "answer", "tool_calls")
    assert len(json.loads(answer.arguments)["items"]) == 3


def test_habits_of_form_show_only_where_no_grammar_holds_the_answer() -> None:
    provider = replace(PLAIN, json_object="ignored")
    assert json.loads(make_answer(a_request(), None, 0, provider, {"fence"}).content or "")
    loose = make_answer(a_request(response_format=JSON_OBJECT), None, 0, provider, {"fence"})
    assert (loose.content or "").startswith("```json\n{")


def test_a_schema_or_an_example_in_the_prompt_tells_what_is_wanted() -> None:
    entry = {"type": "object", "properties": {"id": {}, "topics": {}, "mood": {}, "summary": {}}}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": entry}}}
    example = {"items": [{"id": "1", "topics": ["tea"], "mood": "calm", "summary": "Tea."}]}
    for told in (schema, example):
        body = a_body(response_format=None)
        body["messages"][0]["content"] = f"Answer as this JSON: {json.dumps(told)}"
        content = make_answer(read_chat_request(body), None, 0).content
        assert set(json.loads(content or "")["items"][0]) == {"id", "topics", "mood", "summary"}


def test_a_file_adds_presets_and_may_extend_built_in_ones(tmp_path: Any) -> None:
    file = tmp_path / "more.toml"
    file.write_text('[mine]\nextends = "deepseek"\ncontext = 4096\nreasoning.tokens = 10\nspeed.slots = 2\n')
    mine = find_provider("mine", file)
    assert (mine.name, mine.words, mine.context, mine.speed.slots) == ("mine", "deepseek", 4096, 2)
    assert mine.reasoning == Reasoning(10)


@pytest.mark.parametrize("text", ["[x]\ncolour = 1", "[x]\nhabits = { fire = 1 }", "[x]\nspeed = { wings = 2 }", "[x"])
def test_a_wrong_preset_is_refused(text: str) -> None:
    with pytest.raises(PresetError):
        read_presets(text)


def test_options_change_parts_of_a_preset() -> None:
    changed = alter(find_provider("deepseek"), habits=["leak=0.5"], slots=3, requests_per_minute=7, context=None)
    assert changed.speed.slots == 3
    assert changed.limits.requests_per_minute == 7
    assert changed.habits == {"fence": 1.0, "leak": 0.5}
    assert changed.speed.decode_rate == find_provider("deepseek").speed.decode_rate
    with pytest.raises(PresetError, match="fire"):
        alter(PLAIN, habits=["fire"])


def test_the_command_lists_its_providers_and_refuses_an_unknown_one(tmp_path: Any) -> None:
    listed = CliRunner().invoke(llm_command, ["--list"])
    assert [line.split()[0] for line in listed.output.splitlines()] == list(built_in())
    refused = CliRunner().invoke(llm_command, ["--journal", str(tmp_path / "x.jsonl"), "--like", "nobody"])
    assert refused.exit_code == 1
    assert "nobody: unknown; use one of openai, " in refused.output


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_an_answer_can_be_made_under_every_kind(kind: FaultKind) -> None:
    random.seed(1)
    assert make_answer(a_request(), kind, 0, PLAIN).usage.prompt > 0
