"""Habits of providers as a client meets them over HTTP, and what the journal says of each request."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import httpx
import openai
import pytest

from sandbox.llm.providers import Speed, find_provider
from tests.integration.sandbox_llm.test_calls import ITEMS_MESSAGES, SCHEMA
from tests.waiting import stretched, wait_until

Start = Callable[..., Any]
FIELDS: Any = {"messages": ITEMS_MESSAGES}
TOOL: Any = {"type": "function", "function": {"name": "answer", "parameters": SCHEMA["json_schema"]["schema"]}}


def like(start: Start, name: str, **more: Any) -> Any:
    return start(provider=find_provider(name), headers=find_provider(name).headers, **more)


def test_a_refused_format_is_journalled_by_its_kind(start: Start) -> None:
    llm = like(start, "deepseek")
    reply = llm.ask(**FIELDS, response_format=SCHEMA)
    assert reply.json()["error"]["message"] == "This response_format type is unavailable now"
    (request,) = llm.requests()
    assert (request["outcome"], request["paid"], request["left"]) == ("schema_refused", 0, False)
    assert not any(name.startswith("x-ratelimit") for name in reply.headers)


def test_the_sdk_hears_of_an_empty_account(start: Start) -> None:
    llm = like(start, "no-money")
    with (
        openai.OpenAI(base_url=f"{llm.url}/v1", api_key="sk-x", max_retries=0) as client,
        pytest.raises(openai.RateLimitError) as caught,
    ):
        client.chat.completions.create(model="m", messages=ITEMS_MESSAGES)
    assert caught.value.code == "insufficient_quota"
    assert llm.requests()[-1]["outcome"] == "insufficient_quota"


def test_an_answer_used_up_by_thinking_is_paid_and_called_cut(start: Start) -> None:
    llm = like(start, "gpt-5")
    choice = llm.ask(**FIELDS, max_completion_tokens=300).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")
    request = llm.requests()[-1]
    assert (request["outcome"], request["usage"]["completion_tokens"]) == ("cut", 300)
    assert request["paid"] == request["usage"]["total_tokens"]


@pytest.mark.parametrize("stream", [False, True])
def test_the_sdk_reads_a_forced_tool_call(start: Start, stream: bool) -> None:
    llm = start()
    asked: Any = {"model": "m", "messages": ITEMS_MESSAGES, "tools": [TOOL], "tool_choice": "required"}
    with openai.OpenAI(base_url=f"{llm.url}/v1", api_key="sk-x", max_retries=0) as client:
        if stream:
            arguments = ""
            for chunk in client.chat.completions.create(**asked, stream=True):
                for call in (chunk.choices[0].delta.tool_calls or ()) if chunk.choices else ():
                    arguments += (call.function.arguments if call.function else None) or ""
        else:
            message = client.chat.completions.create(**asked).choices[0].message
            arguments = message.tool_calls[0].function.arguments
    assert {item["id"] for item in json.loads(arguments)["items"]} == {"u0", "u1", "u2"}


def test_failed_json_is_sent_along_with_its_refusal(start: Start) -> None:
    llm = like(start, "groq-llama")
    llm.fault("json_validate_failed")
    messages = [{"role": "system", "content": "Answer in JSON."}, ITEMS_MESSAGES[1]]
    error = llm.ask(messages=messages, response_format={"type": "json_object"}).json()["error"]
    assert error["code"] == "json_validate_failed"
    assert len(json.loads(error["failed_generation"])["items"]) == 3


def test_what_stands_in_for_an_answer_has_status_200(llm: Any) -> None:
    llm.fault("error_in_200")
    reply = llm.ask(**FIELDS)
    assert (reply.status_code, reply.json()["error"]["code"]) == (200, 502)
    llm.fault("error_in_200")
    assert '"finish_reason": "error"' in llm.ask(**FIELDS, stream=True).text
    llm.fault("html_in_200")
    reply = llm.ask(**FIELDS)
    assert (reply.status_code, reply.headers["content-type"][:9]) == (200, "text/html")
    assert {request["outcome"] for request in llm.requests()} == {"broken"}


def test_a_filtered_answer_has_no_text(llm: Any) -> None:
    llm.fault("content_filter")
    choice = llm.ask(**FIELDS).json()["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("content_filter", "")


def test_models_are_listed_by_their_names_and_called_no_models(start: Start) -> None:
    models = like(start, "wrong-model").client.get("/v1/models").json()["data"]
    assert [model["id"] for model in models] == ["gpt-4.1-mini", "gpt-4.1"]
    assert all("not a model" in model["description"] for model in models)


def test_requests_beyond_the_slots_wait_and_the_journal_says_how_long(start: Start) -> None:
    llm = start(speed=Speed(stretched(0.2), decode_rate=0, slots=1))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: llm.ask(), range(3)))
    busy = sorted((request["t0"] + request["queue_s"], request["slot_s"]) for request in llm.requests())
    assert all(began + lasted <= following + 0.02 for (began, lasted), (following, _) in pairwise(busy))
    assert all(lasted >= 0.19 for _, lasted in busy)
    assert max(request["queue_s"] for request in llm.requests()) > 0


def test_a_client_that_left_is_told_apart_and_frees_the_slot(start: Start) -> None:
    llm = start(speed=Speed(0, prefill_rate=1, decode_rate=0, slots=1))
    body = {"model": "m", "messages": [{"role": "user", "content": "word " * 400}]}
    with pytest.raises(httpx.ReadTimeout):
        llm.client.post("/v1/chat/completions", json=body, timeout=stretched(0.3))
    wait_until(lambda: len(llm.requests()) == 1, what="the request in the journal")
    (request,) = llm.requests()
    assert (request["outcome"], request["left"], request["written"]) == ("left", True, 0)
    assert llm.client.get("/props").json()["busy"] == 0
