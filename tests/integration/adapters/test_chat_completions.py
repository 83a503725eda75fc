from __future__ import annotations

import traceback

import pytest

from app.adapters.llm.chat_completions import build_client
from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.prompting import schema
from app.domain.prompting.schemas import with_text_lengths, without_lengths
from tests.integration.adapters.conftest import far
from tests.integration.adapters.scripted import DROP, HANG, Reply

SCHEMA = schema(1)

MESSAGES = [{"role": "system", "content": "rules"}, {"role": "user", "content": "{}"}]
KEY = "sk-hush-hush"


def completion(**changes):
    """An answer in OpenAI's format."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "model-1-0613",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": '{"items":[]}'}}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
    return {**body, **changes}


def choice(content, finish_reason="stop"):
    return [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": content}}]


def failure(status, **headers):
    body = {"error": {"message": f"no, {KEY}", "type": "x", "code": "x"}}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def connect(server):
    """Builds clients of any address, the server's by default, and closes them after the test. Servers are far ones."""
    built = []

    def build(provider="openai", key=KEY, url=f"{server.url}/v1", timeout_s=0.5):
        built.append(far(build_client(provider, "model-1", key, url, timeout_s)))
        return built[-1]

    yield build
    for client in built:
        assert all(connection.is_idle() for connection in client._client._client._transport._pool.connections)
        client._client.close()


@pytest.fixture(params=["openai", "groq"])
def client(request, connect):
    return connect(request.param)


def complete(client):
    return client.complete(MESSAGES, SCHEMA, 99)


def test_one_request_asks_for_json_and_brings_text_and_usage(server, client):
    server.answer(Reply(200, completion()))
    answer = complete(client)
    assert (answer.text, answer.model, answer.tokens_in, answer.tokens_out) == ('{"items":[]}', "model-1-0613", 11, 7)
    assert not answer.truncated
    [(path, body)] = server.requests
    assert path.endswith("/chat/completions")
    assert (body["model"], body["messages"], body["max_completion_tokens"]) == ("model-1", MESSAGES, 99)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert body["response_format"]["json_schema"]["strict"] is True


def test_a_server_nearby_is_told_how_long_a_text_may_be_and_has_room_to_end_it(server, connect):
    client = connect(timeout_s=5)
    client._profile.is_near = True
    server.answer(Reply(200, completion()))
    complete(client)
    [(_, body)] = server.requests
    assert body["response_format"]["json_schema"]["schema"] == with_text_lengths(SCHEMA, 99)
    assert body["max_completion_tokens"] == 297


def test_a_server_nearby_whose_context_has_no_such_room_is_asked_with_less(server, connect):
    client = connect(timeout_s=5)
    client._profile.is_near = True
    told = {"error": {"message": "maximum context length is 200 tokens", "type": "x", "code": "x"}}
    server.decide = lambda body: Reply(400, told) if body["max_completion_tokens"] > 99 else Reply(200, completion())
    assert complete(client).text == '{"items":[]}'
    assert [body["max_completion_tokens"] for _, body in server.requests] == [297, 99]


def test_a_server_that_knows_no_lengths_is_asked_once_more_without_them(server, connect):
    client = connect(timeout_s=5)
    told = {"error": {"message": "response_format/json_schema: minItems is not supported", "type": "x", "code": "x"}}
    server.answer(Reply(400, told), Reply(200, completion()))
    assert complete(client).text == complete(client).text == '{"items":[]}'
    schemas = [body["response_format"]["json_schema"]["schema"] for _, body in server.requests]
    assert schemas == [SCHEMA, without_lengths(SCHEMA), without_lengths(SCHEMA)]


def test_a_server_that_goes_on_about_lengths_has_refused_the_request(server, connect):
    client = connect(timeout_s=5)
    server.answer(Reply(400, {"error": {"message": "minItems is not supported", "type": "x", "code": "x"}}))
    with pytest.raises(LLMRejected):
        complete(client)
    assert len(server.requests) == 2


def test_an_answer_cut_at_the_budget_says_so(server, client):
    server.answer(Reply(200, completion(choices=choice("half", "length"))))
    assert complete(client).truncated


@pytest.mark.parametrize(
    ("reply", "kind", "permanent"),
    [
        (failure(429), LLMRateLimited, False),
        (failure(400), LLMRejected, True),
        (failure(401), LLMRejected, True),
        (failure(404), LLMRejected, True),
        (failure(413), LLMRejected, True),
        (failure(408), LLMUnavailable, False),
        (failure(500), LLMUnavailable, False),
        (failure(503), LLMUnavailable, False),
        (Reply(502, b"<html>Bad Gateway</html>", {"content-type": "text/html"}), LLMUnavailable, False),
        (DROP, LLMUnavailable, False),
        (HANG, LLMUnavailable, False),
        (Reply(200, completion(choices=[])), LLMMalformed, False),
        (Reply(200, completion(choices=None)), LLMMalformed, False),
        (Reply(200, completion(choices=[{"index": 0}])), LLMMalformed, False),
        (Reply(200, completion(choices=choice(None))), LLMMalformed, False),
        (Reply(200, {}), LLMMalformed, False),
        (Reply(200, []), LLMMalformed, False),
        (Reply(200, b"{half"), LLMMalformed, False),
        (Reply(200, b"<html>login</html>", {"content-type": "text/html"}), LLMMalformed, False),
    ],
)
def test_each_failure_is_translated_after_exactly_one_request(server, client, reply, kind, permanent):
    server.answer(reply)
    with pytest.raises(LLMError) as error:
        complete(client)
    assert type(error.value) is kind
    assert error.value.permanent is permanent
    assert len(server.requests) == 1
    told = "".join(traceback.format_exception(error.value)) + repr(error.value)
    assert "hush" not in told


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.25", 0.25), ("0", 0.1), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.1), ("soon", 5.0), ("1e999", 86_400)],
)
def test_a_429_tells_how_long_to_wait(server, client, header, seconds):
    server.answer(failure(429, retry_after=header))
    with pytest.raises(LLMRateLimited) as error:
        complete(client)
    assert error.value.seconds == seconds


def test_a_server_that_counts_no_tokens_is_taken_to_have_used_some(server, client):
    server.answer(Reply(200, completion(usage=None, choices=choice("x" * 400))))
    answer = complete(client)
    assert answer.tokens_in > 0
    assert answer.tokens_out == 100


def test_nobody_listens(connect):
    client = connect(key=None, url="http://127.0.0.1:1/v1")
    with pytest.raises(LLMUnavailable):
        complete(client)


def test_a_server_without_keys_is_sent_a_placeholder(server, connect):
    server.answer(Reply(200, completion()))
    client = connect(key=None)
    complete(client)
    client._client.close()
    assert len(server.requests) == 1
