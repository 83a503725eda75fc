"""What a server refuses is left out within the same call, remembered, and shared: over HTTP, by both SDKs."""

from __future__ import annotations

import pytest

from app.adapters.llm import profile
from app.adapters.llm.profile import Wishes
from app.domain.errors import LLMError, LLMRejected
from app.domain.prompting import schema
from app.domain.providers.capabilities import Capabilities
from tests.integration.adapters.habits import MESSAGES, TEXT, Habit, answer, called, format_of, refuse
from tests.integration.adapters.scripted import Reply

SCHEMA = schema(1)


def knows(*formats: str, message: str = "This response_format type is unavailable now", status: int = 400) -> Habit:
    """A server that knows these formats only."""

    def decide(body):
        asked = format_of(body)
        if asked in formats:
            return called(body)
        return refuse(status, "tools are not supported" if asked == "tool" else message)

    return decide


def no_fields(status, *names, nested=()):
    """A server that refuses unknown fields, as Mistral's and others of FastAPI."""

    def decide(body):
        wrong = [name for name in names if name in body] or [path for path in nested if path.split(".")[0] in body]
        if not wrong:
            return called(body)
        details = [{"type": "extra_forbidden", "loc": ["body", wrong[0]], "msg": "Extra inputs are not permitted"}]
        return Reply(status, {"detail": details})

    return decide


HABITS = {
    # name: (habit, refused requests of the first call, facts)
    "enforces": (knows("json_schema_strict"), 0, {"answer_format": "json_schema_strict"}),
    "DeepSeek": (knows("json_object"), 2, {"answer_format": "json_object"}),
    "Groq's Llama": (
        knows("tool", "json_object", message="This model does not support response format `json_schema`"),
        1,
        {"answer_format": "tool"},
    ),
    "not strict": (
        knows("json_schema", message="Invalid schema for response_format"),
        1,
        {"answer_format": "json_schema"},
    ),
    "text only": (knows("text", status=422), 3, {"answer_format": "text"}),
    "not implemented": (knows("text", message="response_format is not implemented", status=501), 3, {}),
    "Mistral": (no_fields(422, "max_completion_tokens"), 1, {"limit_name": "max_tokens"}),
    "no limit at all": (no_fields(422, "max_completion_tokens", "max_tokens"), 2, {"limit_name": "none"}),
}


@pytest.mark.parametrize("name", HABITS)
def test_a_refused_feature_costs_no_call_and_is_not_sent_again(server, store, connect, ask, name):
    habit, refused, facts = HABITS[name]
    server.decide = habit
    client = connect()
    assert ask(client).text == TEXT
    assert len(server.requests) == refused + 1
    assert ask(client).text == TEXT
    assert len(server.requests) == refused + 2
    [(known, reason)] = store.known.values()
    assert {name: getattr(known, name) for name in facts} == facts
    assert bool(reason) == bool(refused)


def test_formats_without_a_field_of_their_own_have_the_schema_in_the_prompt(server, connect, ask):
    server.decide = knows("text")
    ask(connect())
    by_format = {format_of(body): body["messages"] for _, body in server.requests}
    for asked in ("json_object", "text"):
        [rules, prompt] = by_format[asked]
        assert rules["content"].startswith("rules\n")
        assert "JSON" in rules["content"]
        assert '"additionalProperties":false' in rules["content"]
        assert prompt == MESSAGES[1]
    assert '{"items": [{"id": "1"' in by_format["text"][0]["content"]
    assert by_format["tool"] == by_format["json_schema_strict"] == MESSAGES


@pytest.mark.parametrize("whole", [False, True], ids=["status", "within a 200"])
def test_a_refusal_may_stand_in_a_200(server, connect, ask, whole):
    error = {"message": "json_schema is not supported", "type": "invalid_request_error", "code": 400}
    refusal = Reply(200, {"error": error} if whole else {"object": "error", **error})
    server.decide = lambda body: refusal if "json_schema" in format_of(body) else called(body)
    assert ask(connect()).text == TEXT
    assert len(server.requests) == 2


def test_a_server_without_options_of_streams_is_asked_without_them(server, store, connect):
    def decide(body):
        return refuse(400, "stream_options is not supported") if "stream_options" in body else answer(body)

    server.decide = decide
    client, heard = connect(), []
    assert client.complete(MESSAGES, SCHEMA, 99, heard.append).text == TEXT
    assert len(heard) > 1
    [(known, _)] = store.known.values()
    assert (known.streams, known.stream_usage) == (True, False)


def test_a_limit_that_is_too_high_is_lowered_to_what_the_server_takes(server, store, connect, ask):
    message = "Invalid max_tokens value, the valid range of max_tokens is [1, 50]"

    def decide(body):
        return refuse(400, message) if body["max_completion_tokens"] > 50 else answer(body)

    server.decide = decide
    ask(connect())
    assert [body["max_completion_tokens"] for _, body in server.requests] == [99, 50]


def test_a_limit_that_a_server_ignores_gets_its_other_name(server, store, connect, ask):
    server.decide = lambda body: answer(body, usage={"prompt_tokens": 4, "completion_tokens": 900})
    client = connect()
    ask(client)
    ask(client)
    assert [sorted({"max_tokens", "max_completion_tokens"} & body.keys()) for _, body in server.requests] == [
        ["max_completion_tokens"],
        ["max_tokens"],
    ]


@pytest.mark.parametrize(
    "reply",
    [
        refuse(400, "temperature must be at most 2"),
        refuse(404, "The model `m` does not exist", code="model_not_found"),
        refuse(429, "json_schema requests are limited", code="rate_limit_exceeded"),
        refuse(401, "no key for response_format"),
        refuse(503, "json_schema is unavailable"),
        refuse(400, "maximum context length is 99 tokens: json_schema is not supported beyond"),
    ],
)
def test_other_errors_are_no_refusals_of_a_feature(server, store, connect, ask, reply):
    server.answer(reply)
    with pytest.raises(LLMError):
        ask(connect())
    assert len(server.requests) == 1
    assert store.known == {}


def test_a_server_that_refuses_everything_is_given_up_soon(server, connect, ask):
    server.answer(refuse(400, "response_format, tools, max_tokens, stream: not supported"))
    with pytest.raises(LLMRejected):
        ask(connect())
    assert len(server.requests) <= 9


def test_what_one_worker_learned_the_next_one_knows(server, connect, ask):
    server.decide = knows("json_object")
    ask(connect())
    before = len(server.requests)
    ask(connect())
    assert len(server.requests) == before + 1


def test_a_running_worker_hears_of_it_within_a_minute_and_reads_no_more_often(server, store, connect, monkeypatch):
    server.decide = called
    client = connect()
    now = [0.0]
    client._profile._clock = lambda: now[0]
    client._profile._read_at = 0.0
    reads = store.reads
    for _ in range(3):
        client.complete(MESSAGES, SCHEMA, 99)
    assert store.reads == reads
    for key in store.known:
        store.known[key] = (Capabilities(answer_format="text"), "told")
    now[0] = profile.REREAD_S
    client.complete(MESSAGES, SCHEMA, 99)
    assert store.reads == reads + 1
    assert format_of(server.requests[-1][1]) == "text"


def test_after_a_day_one_request_tries_the_best_again(server, store, connect, ask):
    server.decide = knows("json_object")
    ask(connect())
    server.decide = called
    store.old = True
    ask(connect())
    [(known, reason)] = store.known.values()
    assert format_of(server.requests[-1][1]) == known.answer_format == "json_schema_strict"
    assert reason == ""


@pytest.mark.parametrize(
    ("wish", "asked"),
    [("json_schema", "json_schema_strict"), ("tool", "tool"), ("json_object", "json_object"), ("text", "text")],
)
def test_a_format_that_the_operator_fixed_is_kept_to(server, store, connect, ask, wish, asked):
    server.decide = called
    ask(connect(wishes=Wishes(answer_format=wish)))
    assert [format_of(body) for _, body in server.requests] == [asked]
    [(known, _)] = store.known.values()
    assert known.answer_format == "json_schema_strict"


def test_a_fixed_format_that_is_refused_says_which_setting_to_change(server, connect, ask):
    server.decide = knows("json_object")
    with pytest.raises(LLMRejected, match="LLM_ANSWER_FORMAT=auto") as error:
        ask(connect(wishes=Wishes(answer_format="tool")))
    assert (error.value.fault, error.value.blames_prompt) == ("format", False)
    assert len(server.requests) == 1
