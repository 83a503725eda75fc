"""Answers that are streamed: over the LLM sandbox, and over a scripted server for what other providers do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from app.adapters.llm import transfer
from app.adapters.llm.chat_completions import ChatCompletions, build_client
from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.ports import Allowance
from app.domain.prompting import schema
from app.domain.prompting.reading.strict import ItemStream, read_items
from sandbox.llm.limits import LimitPolicy
from sandbox.llm.providers import Speed
from tests.integration.adapters.conftest import far
from tests.integration.adapters.scripted import Reply, ScriptedServer
from tests.integration.sandbox_llm.conftest import INSTANT, RunningSandbox
from tests.waiting import patience, stretched

SCHEMA = schema(1)

IDS = {"1", "2", "3"}
LONG_RULES = "Write as a persona and stay within the rules. " * 150
MESSAGES = [
    {"role": "system", "content": LONG_RULES},
    {"role": "user", "content": json.dumps({"items": [{"id": name} for name in sorted(IDS)]})},
]
TEXT = '{"items":[{"id":"1","text":"héllo 😀"}]}'


@pytest.fixture(params=["openai", "groq"])
def connect(request) -> Iterator[Callable[..., ChatCompletions]]:
    """Builds a client of either SDK for an address; no request may leave a connection behind that is in use."""
    built: list[ChatCompletions] = []

    def build(url: str, timeout_s: float = 5.0) -> ChatCompletions:
        address = url if request.param == "groq" else f"{url}/v1"
        built.append(build_client(request.param, "model-1", "sk-hush", address, timeout_s))
        return built[-1]

    yield build
    for client in built:
        assert all(connection.is_idle() for connection in client._client._client._transport._pool.connections)
        client._client.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningSandbox]]:
    running: list[RunningSandbox] = []

    def begin(speed: Speed = INSTANT) -> RunningSandbox:
        running.append(RunningSandbox(tmp_path, LimitPolicy(500, 200_000), speed))
        return running[-1]

    yield begin
    for sandbox in running:
        sandbox.close()


def complete(client, listen=None):
    return client.complete(MESSAGES, SCHEMA, 999, listen)


def ignore(text):
    """A listener that only makes the answer be streamed."""


def event(**fields):
    return (
        b"data: "
        + json.dumps({"id": "c", "object": "chat.completion.chunk", "model": "m-2", **fields}).encode()
        + b"\n\n"
    )


def delta(finish_reason=None, **fields):
    return event(choices=[{"index": 0, "delta": fields, "finish_reason": finish_reason}])


def stream(*events, manner="answer", done=True):
    body = b"".join(events) + (b"data: [DONE]\n\n" if done else b"")
    return Reply(200, body, {"content-type": "text/event-stream"}, manner)


WHOLE = (delta(role="assistant", content=""), *(delta(content=part) for part in (TEXT[:20], TEXT[20:])), delta("stop"))


def test_a_streamed_answer_is_the_whole_one_and_is_heard_as_it_grows(start, connect):
    llm = start()
    client, heard = connect(llm.url), []
    whole, streamed = complete(client), complete(client, heard.append)
    assert streamed.text == whole.text == heard[-1]
    assert set(read_items(streamed.text, IDS)) == IDS
    assert (streamed.model, streamed.tokens_in, streamed.tokens_out) == (whole.model, whole.tokens_in, whole.tokens_out)
    assert (whole.tokens_cached, whole.truncated, streamed.truncated) == (0, False, False)
    assert 1024 <= streamed.tokens_cached <= streamed.tokens_in
    assert len(heard) > 3
    assert all(later.startswith(earlier) and later != earlier for earlier, later in pairwise(heard))
    assert [(one["stream"], one["status"]) for one in llm.requests()] == [(False, 200), (True, 200)]


def test_a_whole_answer_tells_of_cached_tokens_too(start, connect):
    client = connect(start().url)
    complete(client)
    assert complete(client).tokens_cached >= 1024


def test_items_are_heard_before_the_answer_ends(start, connect):
    items, found = ItemStream(IDS), []
    answer = complete(connect(start().url), lambda text: found.append((len(text), items.feed(text))))
    heard = {item_id: (length, item) for length, new in found for item_id, item in new.items()}
    assert {item_id: item for item_id, (_, item) in heard.items()} == read_items(answer.text, IDS)
    assert min(length for length, _ in heard.values()) < len(answer.text) / 2


def test_streamed_requests_share_a_connection(start, connect):
    client = connect(start().url)
    connections = set()
    for _ in range(3):
        complete(client, ignore)
        [connection] = client._client._client._transport._pool.connections
        connections.add(connection)
    assert len(connections) == 1


@pytest.mark.parametrize("listen", [None, ignore], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status_429", LLMRateLimited),
        ("unauthorized", LLMRejected),
        ("status_500", LLMUnavailable),
        ("reset", LLMUnavailable),
        ("refusal", LLMRejected),
        ("truncated_stream", LLMUnavailable),
        ("stalled_stream", LLMUnavailable),
        ("timeout", LLMUnavailable),
    ],
)
def test_a_failure_is_the_same_one_whether_streamed_or_not(start, connect, listen, fault, kind):
    llm = start()
    client = connect(llm.url, timeout_s=stretched(0.6))
    llm.fault(fault, count=1)
    with pytest.raises(LLMError) as error:
        complete(client, listen)
    assert type(error.value) is kind
    assert complete(client, listen).text


def test_an_answer_cut_at_the_budget_says_so_when_streamed(start, connect):
    answer = connect(start().url).complete(MESSAGES, SCHEMA, 10, ignore)
    assert answer.truncated
    assert answer.text


def test_a_steady_stream_that_takes_too_long_is_given_up_in_time(start, connect):
    llm = start(Speed(0, decode_rate=20))
    heard, began = [], time.monotonic()
    client = far(connect(llm.url, timeout_s=0.8))
    with pytest.raises(LLMUnavailable):
        complete(client, heard.append)
    assert time.monotonic() - began >= 0.7
    assert 1 < len(heard) <= 0.8 / 0.05 + 1


def test_a_steady_stream_of_a_server_nearby_is_heard_to_its_end_however_long_it_takes(start, connect):
    llm = start(Speed(0, decode_rate=20))
    heard, began = [], time.monotonic()
    client = connect(llm.url, timeout_s=0.8)
    assert complete(client, heard.append).text == heard[-1]
    assert time.monotonic() - began > 0.8


@pytest.mark.parametrize("where", ["near", "far"])
def test_a_stream_that_stalls_is_given_up_soon_although_there_is_time_left(server, connect, monkeypatch, where):
    monkeypatch.setattr(transfer, "STALL_S", stretched(0.4))
    server.answer(stream(*WHOLE[:2], manner="stall", done=False))
    heard, began = [], time.monotonic()
    client = connect(server.url, timeout_s=60.0)
    with pytest.raises(LLMUnavailable) as error:
        complete(client if where == "near" else far(client), heard.append)
    assert error.value.hung
    assert time.monotonic() - began < patience(5.0)


@pytest.mark.parametrize("listen", [None, ignore], ids=["whole", "streamed"])
def test_a_server_that_drips_bytes_is_given_up_in_time(server: ScriptedServer, connect, listen):
    body = event(filler="x" * 20_000) if listen else {"filler": "x" * 20_000}
    headers = {"content-type": "text/event-stream" if listen else "application/json"}
    server.answer(Reply(200, body, headers, "drip"))
    began = time.monotonic()
    with pytest.raises(LLMUnavailable):
        complete(connect(server.url, timeout_s=0.5), listen)
    assert 0.4 <= time.monotonic() - began < patience(1.3)


@pytest.mark.parametrize("place", ["usage", "x_groq"])
def test_usage_is_found_where_either_provider_puts_it(server, connect, place):
    usage = {"prompt_tokens": 40, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 32}}
    last = event(choices=[], usage=usage) if place == "usage" else event(choices=[], x_groq={"id": "r", "usage": usage})
    server.answer(stream(*WHOLE, last))
    answer = complete(connect(server.url), ignore)
    assert (answer.text, answer.model) == (TEXT, "m-2")
    assert (answer.tokens_in, answer.tokens_out, answer.tokens_cached) == (40, 7, 32)
    [(_, body)] = server.requests
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


def test_a_stream_without_usage_is_estimated(server, connect):
    server.answer(stream(*WHOLE))
    answer = complete(connect(server.url), ignore)
    assert answer.tokens_in > 1000
    assert answer.tokens_out == -(-len(TEXT.encode()) // 4)
    assert answer.tokens_cached == 0


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (stream(*WHOLE[:-1], manner="last", done=False), LLMUnavailable),
        (stream(*WHOLE[:-1], done=False), LLMUnavailable),
        (stream(*WHOLE[:-1]), LLMUnavailable),
        (stream(WHOLE[0], event(choices=[], x_groq={"error": "over capacity"})), LLMUnavailable),
        (stream(WHOLE[0], event(error={"message": "sk-hush", "type": "server_error"})), LLMUnavailable),
        (stream(WHOLE[0], event(error={"message": "no", "code": "rate_limit_exceeded"})), LLMRateLimited),
        (stream(WHOLE[0], event(error={"message": "no", "code": "x", "status_code": 400})), LLMRejected),
        (stream(delta(role="assistant"), delta("stop")), LLMMalformed),
        (stream(WHOLE[0], delta(refusal="I can"), delta(refusal="not"), delta("stop")), LLMRejected),
        (stream(WHOLE[0], b"data: {half\n\n"), LLMMalformed),
        (stream(WHOLE[0], b"data: \xff\n\n"), LLMMalformed),
        (stream(event(choices=5), b"data: 5\n\n", b"data: [null]\n\n"), LLMUnavailable),
        (stream(), LLMMalformed),
        (Reply(200, b"<html>login</html>", {"content-type": "text/html"}), LLMMalformed),
    ],
)
def test_a_stream_that_goes_wrong_is_translated_after_exactly_one_request(server, connect, reply, kind):
    server.answer(reply)
    with pytest.raises(LLMError) as error:
        complete(connect(server.url), ignore)
    assert type(error.value) is kind
    assert "hush" not in str(error.value)
    assert len(server.requests) == 1


def test_a_stream_that_ends_with_its_connection_is_whole(server, connect):
    server.answer(stream(*WHOLE, manner="last"))
    assert complete(connect(server.url), ignore).text == TEXT


def test_a_server_that_refuses_to_stream_is_asked_without_from_then_on(server, connect):
    refusal = {"error": {"message": "response_format does not support streaming", "type": "invalid_request_error"}}
    message = {"role": "assistant", "content": TEXT}
    whole = {"model": "m-2", "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    server.answer(Reply(400, refusal), Reply(200, whole))
    client, heard = connect(server.url), []
    assert complete(client, heard.append).text == complete(client, heard.append).text == TEXT
    assert heard == [TEXT, TEXT]
    assert [body.get("stream", False) for _, body in server.requests] == [True, False, False]


def test_a_prompt_that_is_refused_is_not_sent_again(server, connect):
    server.answer(Reply(400, {"error": {"message": "too long", "type": "invalid_request_error"}}))
    with pytest.raises(LLMRejected):
        complete(connect(server.url), ignore)
    assert len(server.requests) == 1


@pytest.mark.parametrize("error", [ValueError("mine"), LLMMalformed("mine"), OSError("mine")], ids=repr)
def test_what_a_listener_raises_comes_out_as_it_is(start, connect, error):
    def listen(text):
        raise error

    with pytest.raises(type(error)) as raised:
        complete(connect(start().url), listen)
    assert raised.value is error


@pytest.mark.parametrize("listen", [None, ignore], ids=["whole", "streamed"])
def test_the_headers_are_read_for_what_the_limits_allow(start, connect, listen):
    client = connect(start().url)

    def read(headers):
        return (Allowance("requests", "minute", int(headers["x-ratelimit-limit-requests"]), 0, 0.0),)

    client = type(client)(client._client, client.provider, client.model, 5.0, read)
    assert complete(client, listen).allowances == (Allowance("requests", "minute", 500, 0, 0.0),)
