"""Each fault as a client meets it, and how it shows in the journal."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.llm.providers import Speed
from tests.waiting import stretched, wait_until

Start = Callable[..., Any]


def last_request(llm: Any, count: int = 1) -> dict[str, Any]:
    """The journal's newest request, once it holds `count` of them."""
    wait_until(lambda: len(llm.requests()) >= count, what="the request in the journal")
    found: dict[str, Any] = llm.requests()[-1]
    return found


@pytest.mark.parametrize(("kind", "status"), [("status_500", 500), ("unauthorized", 401), ("status_429", 429)])
def test_a_status_fault_answers_that_status_and_uses_nothing_up(start: Start, kind: str, status: int) -> None:
    llm = start(rpm=1)
    llm.fault(kind, count=1)
    reply = llm.ask()
    assert reply.status_code == status
    assert reply.json()["error"]["message"]
    assert "retry-after" not in reply.headers
    assert llm.requests()[-1]["fault"] == kind
    assert llm.ask().status_code == 200


def test_a_429_on_demand_can_say_when_to_come_back(llm: Any) -> None:
    llm.fault("status_429", count=1, retry_after=2.5)
    assert llm.ask().headers["retry-after"] == "3"


def test_a_reset_leaves_no_answer(llm: Any) -> None:
    llm.fault("reset")
    with pytest.raises(httpx.TransportError):
        llm.ask()
    assert last_request(llm)["fault"] == "reset"
    assert llm.ask().status_code == 200


def test_a_timeout_hangs_until_the_client_leaves(llm: Any) -> None:
    llm.fault("timeout")
    with pytest.raises(httpx.ReadTimeout):
        llm.client.post(
            "/v1/chat/completions",
            json={"model": "m", "messages": [{"role": "user", "content": "x"}]},
            timeout=0.3,
        )
    request = last_request(llm)
    assert (request["status"], request["fault"]) == (499, "timeout")


@pytest.mark.parametrize("stream", [False, True])
def test_a_truncated_answer_breaks_off(llm: Any, stream: bool) -> None:
    llm.fault("truncated_stream")
    with pytest.raises(httpx.RemoteProtocolError):
        llm.ask(stream=stream)
    assert last_request(llm)["fault"] == "truncated_stream"
    assert llm.ask(stream=stream).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_stalled_answer_begins_and_then_hangs_until_the_client_leaves(llm: Any, stream: bool) -> None:
    llm.fault("stalled_stream")
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    heard: list[bytes] = []
    with llm.client.stream("POST", "/v1/chat/completions", json=body, timeout=stretched(0.5)) as reply:
        assert reply.status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            heard.extend(reply.iter_bytes())
    assert heard
    request = last_request(llm)
    assert (request["status"], request["fault"]) == (499, "stalled_stream")


def test_slow_answers_take_three_times_as_long_per_token(start: Start) -> None:
    llm = start(speed=Speed(0, decode_rate=100))
    llm.fault("slow")
    llm.ask()
    (request,) = llm.requests()
    assert request["t"] - request["t0"] >= 0.03 * request["usage"]["completion_tokens"] - 0.01


def test_broken_content_arrives_with_status_200(llm: Any) -> None:
    content = json.dumps({"items": [{"id": "a"}, {"id": "b"}]})
    ask = {"messages": [{"role": "user", "content": content}]}
    llm.fault("malformed_json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(llm.ask(**ask).json()["choices"][0]["message"]["content"])
    llm.fault("refusal")
    message = llm.ask(**ask).json()["choices"][0]["message"]
    assert message["content"] is None
    assert message["refusal"]


def test_faults_are_listed_cleared_and_journalled(llm: Any) -> None:
    llm.fault("slow", probability=0.5)
    listed = httpx.get(f"{llm.url}/control/faults").json()["faults"]
    assert [fault["kind"] for fault in listed] == ["slow"]
    assert httpx.delete(f"{llm.url}/control/faults").json() == {"cleared": 1}
    assert httpx.get(f"{llm.url}/control/faults").json() == {"faults": []}
    assert '"event":"fault"' in llm.journal_path.read_text()


def test_a_wrong_wish_for_a_fault_is_told_its_field(llm: Any) -> None:
    reply = httpx.post(f"{llm.url}/control/faults", json={"kind": "fire"})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("kind: unknown; use one of malformed_json")
    assert httpx.post(f"{llm.url}/control/faults", content=b"{").status_code == 400


def test_a_client_that_leaves_is_charged_and_journalled(start: Start) -> None:
    llm = start(speed=Speed(30, decode_rate=0), tpm=10_000, kind="sliding")
    with pytest.raises(httpx.ReadTimeout):
        llm.client.post(
            "/v1/chat/completions",
            json={"model": "m", "messages": [{"role": "user", "content": "x"}]},
            timeout=stretched(0.3),
        )
    request = last_request(llm)
    assert (request["status"], request["error"]) == (499, "the connection ended before the answer")
    usage = request["usage"]
    assert request["remaining_tokens"] == 10_000 - usage["total_tokens"]
    assert usage["completion_tokens"] > 0
