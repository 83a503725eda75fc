"""Errors of providers over HTTP, by both SDKs, whole and streamed: kind, sentence, cure, wait."""

from __future__ import annotations

import pytest

from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.prompting import schema
from tests.integration.adapters.habits import KEY, MESSAGES, answer, refuse, stream
from tests.integration.adapters.scripted import Reply

SCHEMA = schema(1)

HTML = {"content-type": "text/html"}


def fail(client, listen=None):
    with pytest.raises(LLMError) as error:
        client.complete(MESSAGES, SCHEMA, 99, listen)
    return error.value


ERRORS = [
    (refuse(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key"), LLMRejected, "key", "OPENAI_API_KEY"),
    (Reply(402, {"error": {"message": "Insufficient Balance"}}), LLMRejected, "money", "list another"),
    (refuse(429, "You exceeded your current quota", code="insufficient_quota"), LLMRejected, "money", "add credit"),
    (refuse(429, "TPD reached: tokens per day", code="rate_limit_exceeded"), LLMRateLimited, "day", "900"),
    (refuse(400, "maximum context length is 8192 tokens"), LLMRejected, "context", "LLM_BATCH_SIZE"),
    (refuse(400, "flagged", code="content_filter"), LLMRejected, "content", "content_filter"),
    (refuse(422, "n: Input should be 1"), LLMRejected, "rejected", "refuses the request"),
    (Reply(529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}), LLMUnavailable, "overloaded", "now"),
    (Reply(503, {"error": {"code": 503, "message": "Loading model"}}), LLMUnavailable, "overloaded", "Loading model"),
    (Reply(200, {"error": {"code": 502, "message": "Provider returned error"}}), LLMUnavailable, "overloaded", "502"),
    (Reply(200, {"error": {"message": "gone", "code": "insufficient_quota"}}), LLMRejected, "money", "gone"),
    (Reply(200, {"object": "error", "message": "no", "code": 401}), LLMRejected, "key", "401"),
    (Reply(200, b"<title>Sign in</title>", HTML), LLMMalformed, "malformed", "Sign in"),
    (Reply(502, b"<title>Bad Gateway</title>", HTML), LLMUnavailable, "overloaded", "Bad Gateway"),
]


@pytest.mark.parametrize(("reply", "kind", "fault", "told"), ERRORS, ids=[str(index) for index in range(len(ERRORS))])
def test_an_error_says_what_it_is_and_what_to_do(server, client, listen, reply, kind, fault, told):
    server.answer(reply)
    error = fail(client, listen)
    assert (type(error), error.fault) == (kind, fault)
    assert told in str(error)
    assert KEY not in repr(error) + str(error) + error.sentence
    assert len(server.requests) == 1


def test_an_error_object_within_a_stream_is_what_it_says(server, client):
    server.answer(stream({"error": {"message": "gone", "code": "insufficient_quota"}}))
    error = fail(client, lambda text: None)
    assert (type(error), error.fault, error.sentence) == (LLMRejected, "money", "gone")


def test_the_wait_is_read_from_the_sentence(server, client, listen):
    server.answer(refuse(429, "Limit reached. Please try again in 1m2.5s.", code="rate_limit_exceeded"))
    assert fail(client, listen).seconds == 62.5


def test_the_wait_is_read_from_milliseconds(server, client):
    body = {"error": {"message": "slow down"}}
    server.answer(Reply(429, body, {"retry-after-ms": "1500", "retry-after": "9"}))
    assert fail(client).seconds == 1.5


def test_what_a_prompt_says_is_not_repeated(server, client):
    said = "Zelda said that she would rather stay at home tonight"
    server.answer(refuse(400, f"cannot parse “{said}”"))
    with pytest.raises(LLMError) as error:
        client.complete([{"role": "user", "content": f"She wrote: ‘{said}’."}], SCHEMA, 99)
    assert "tonight" not in str(error.value)
    assert error.value.sentence == "cannot parse “[…]"


def test_an_unknown_model_is_told_with_the_nearest_names_asked_for_once(server, client):
    server.models = ["llama-9", "vendor/model-10", "model-2", "whisper"]
    server.answer(refuse(404, "The model `model-1` does not exist", code="model_not_found"))
    errors = [fail(client), fail(client)]
    assert {error.fault for error in errors} == {"model"}
    assert all("vendor/model-10" in str(error) and "model-2" in str(error) for error in errors)
    assert not any("whisper" in str(error) for error in errors)
    assert server.listed == 1


def test_a_refusal_tells_what_it_has_cost(server, client, listen):
    server.decide = lambda body: answer(body, {"content": "", "refusal": "I can't"})
    error = fail(client, listen)
    assert (error.fault, error.spent.tokens_in, error.spent.tokens_out) == ("content", 40, 9)


def test_an_answer_cut_by_a_filter_blames_the_prompt(server, client, listen):
    server.decide = lambda body: answer(body, {"content": '{"items":['}, "content_filter")
    error = fail(client, listen)
    assert (error.fault, error.blames_prompt) == ("content", True)
