"""The API as its clients see it: the official SDK, plain HTTP, limits in headers, errors in the API's form."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from sandbox.llm.providers import Speed

Start = Callable[..., Any]
ITEMS = {
    "items": [
        {
            "id": f"u{number}",
            "persona": {"name": f"Bot {number}", "topics": ["tea"]},
            "task": {
                "kind": "reply",
                "target": {"id": str(40 + number), "from": "Mira", "text": f"what about oolong {number}?"},
                "max_words": 30,
            },
        }
        for number in range(3)
    ]
}
ITEMS_MESSAGES: Any = [{"role": "system", "content": "rules"}, {"role": "user", "content": json.dumps(ITEMS)}]
SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "answers",
        "strict": True,
        "schema": {"type": "object", "properties": {"items": {"type": "array"}}},
    },
}


@pytest.mark.parametrize("prefix", ["/v1", "", "/openai/v1"])
def test_the_official_client_gets_a_completion(llm: Any, prefix: str) -> None:
    with openai.OpenAI(base_url=llm.url + prefix, api_key="sk-x", max_retries=0) as client:
        answer = client.chat.completions.create(
            model="m",
            messages=ITEMS_MESSAGES,
            response_format=SCHEMA,
        )
    texts = {item["id"]: item["text"] for item in json.loads(answer.choices[0].message.content or "")["items"]}
    assert set(texts) == {"u0", "u1", "u2"}
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 100


def test_the_official_client_can_stream_with_usage(llm: Any) -> None:
    with openai.OpenAI(base_url=f"{llm.url}/v1", api_key="sk-x", max_retries=0) as client:
        whole = client.chat.completions.create(model="m", messages=ITEMS_MESSAGES)
        chunks = list(
            client.chat.completions.create(
                model="m",
                messages=ITEMS_MESSAGES,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens  # type: ignore[union-attr]


def test_a_stream_ends_with_done_and_tells_no_usage_unasked(llm: Any) -> None:
    lines = [line for line in llm.ask(stream=True).text.splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    assert all("usage" not in json.loads(line.removeprefix("data: ")) for line in lines[:-1])


def test_models_are_listed_to_who_has_a_key(llm: Any) -> None:
    assert [model["object"] for model in llm.client.get("/v1/models").json()["data"]] == ["model", "model"]
    assert httpx.get(f"{llm.url}/v1/models").status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer invalid"}])
def test_without_a_good_key_there_is_401(llm: Any, headers: dict[str, str]) -> None:
    reply = httpx.post(f"{llm.url}/v1/chat/completions", json={}, headers=headers)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "invalid_api_key"
    assert llm.requests()[0]["status"] == 401


def test_errors_have_the_api_s_form(llm: Any) -> None:
    for reply in (
        llm.client.post("/v1/chat/completions", content=b"{"),
        llm.ask(messages=None),
        llm.client.get("/v1/nothing"),
        llm.client.get("/v1/chat/completions"),
    ):
        assert reply.status_code in {400, 404, 405}
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
    assert "messages" in llm.ask(messages=None).json()["error"]["message"]


def test_the_front_page_says_that_this_is_no_model(llm: Any) -> None:
    reply = httpx.get(llm.url)
    assert reply.headers["content-type"].startswith("text/html")
    assert "sandbox" in reply.text
    assert "not a model" in reply.text


def test_every_answer_tells_the_limits_and_the_next_beyond_them_is_429(start: Start) -> None:
    llm = start(rpm=2)
    left = [llm.ask().headers["x-ratelimit-remaining-requests"] for _ in range(2)]
    assert left == ["1", "0"]
    reply = llm.ask()
    assert reply.status_code == 429
    assert reply.json()["error"]["code"] == "rate_limit_exceeded"
    assert reply.json()["error"]["type"] == "requests"
    assert 1 <= int(reply.headers["retry-after"]) <= 30
    for name in ("limit", "remaining", "reset"):
        assert f"x-ratelimit-{name}-requests" in reply.headers
        assert f"x-ratelimit-{name}-tokens" in reply.headers


def test_tokens_are_limited_and_completions_count(start: Start) -> None:
    llm = start(tpm=200)
    reply = llm.ask(messages=[{"role": "user", "content": "x" * 600}])
    used = reply.json()["usage"]["total_tokens"]
    assert int(reply.headers["x-ratelimit-remaining-tokens"]) == pytest.approx(200 - used, abs=2)
    refused = llm.ask(messages=[{"role": "user", "content": "x" * 600}])
    assert (refused.status_code, refused.json()["error"]["type"]) == (429, "tokens")


def test_a_prompt_larger_than_a_minute_is_told_so(start: Start) -> None:
    reply = start(tpm=50).ask(messages=[{"role": "user", "content": "x" * 600}])
    assert reply.status_code == 429
    assert "retry-after" not in reply.headers
    assert "too large" in reply.json()["error"]["message"]


def test_each_key_has_its_own_limits(start: Start) -> None:
    llm = start(rpm=1, kind="sliding")
    assert [llm.ask().status_code for _ in range(2)] == [200, 429]
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    other = httpx.post(f"{llm.url}/v1/chat/completions", json=body, headers={"Authorization": "Bearer two"})
    assert other.status_code == 200


def test_a_repeated_start_of_a_prompt_is_counted_as_cached(llm: Any) -> None:
    rules = {"role": "system", "content": "rule " * 2000}
    first, second = (
        llm.ask(messages=[rules, {"role": "user", "content": text}]).json()["usage"] for text in ("one", "two")
    )
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert 1024 <= second["prompt_tokens_details"]["cached_tokens"] < second["prompt_tokens"]


def test_the_answer_takes_its_time_and_requests_run_side_by_side(start: Start) -> None:
    llm = start(speed=Speed(0.2, decode_rate=500))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: llm.ask(), range(8)))
    requests = llm.requests()
    for request in requests:
        expected = 0.2 + 0.002 * request["usage"]["completion_tokens"]
        assert request["t"] - request["t0"] >= expected - 0.01
    assert max(request["t0"] for request in requests) < min(request["t"] for request in requests)


def test_the_journal_tells_what_was_asked_and_never_the_key(llm: Any) -> None:
    llm.ask(messages=ITEMS_MESSAGES)
    (request,) = llm.requests()
    assert (request["status"], request["prompts"], request["item_ids"]) == (200, 3, ["u0", "u1", "u2"])
    assert request["targets"][1] == {
        "id": "u1",
        "kind": "reply",
        "target_id": "41",
        "target_text": "what about oolong 1?",
        "persona": "Bot 1",
    }
    assert request["usage"]["total_tokens"] > 0
    assert request["error"] is None
    assert "sk-test" not in llm.journal_path.read_text()
