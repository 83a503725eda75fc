"""Hand-written fakes of what asks a provider: the model, its breaker, and what is learned of its tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.errors import LLMError
from app.domain.lanes.lane import MOST_IN_FLIGHT
from app.domain.lanes.leaks import canary_of
from app.domain.ports import (
    Allowance,
    Completion,
    Grant,
    Listener,
)
from app.domain.prompting.token_rates import TokenRates

_UTTERANCES: dict[str, int] = {}


def utterance_of(ref: str) -> int:
    """The utterance whose canary a prompt's item holds."""
    while ref not in _UTTERANCES:
        _UTTERANCES[canary_of(len(_UTTERANCES) + 1)] = len(_UTTERANCES) + 1
    return _UTTERANCES[ref]


def read_prompt(content: str) -> list[dict[str, Any]]:
    """The items of a request, each whole: with its persona, its chat's lines as objects, the line that it answers.

    One of a chat message has the `utterance` that it is for. Lists that a prompt leaves out are empty. A check's item
    has no chat.
    """
    body = json.loads(content)
    return [_read_item(item, body) for item in body["items"]]


def _read_item(item: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    if "chat" not in item:
        return item
    if "ref" not in item:
        return {**item, "chat": {**item["chat"], "messages": _read_lines(item["chat"])}}
    chat, task = body["chats"][item["chat"]], item["task"]
    lines = _read_lines(chat)
    inside = _read_ranges(task.get("thread", ""))
    target = next((line for line in lines if line["n"] == task.get("reply_to")), None)
    others = [line for line in lines if line is not target]
    return {
        **item,
        "utterance": utterance_of(item["ref"]),
        "persona": body["personas"][item["persona"]],
        "chat": {
            "title": chat.get("title", ""),
            "topics": chat.get("topics", []),
            "facts": item.get("facts", []),
            "said_before": item.get("said_before", []),
            "thread": [line for line in others if line["n"] in inside],
            "messages": [line for line in others if line["n"] not in inside],
        },
        "task": {**task, "target": target},
    }


def _read_lines(chat: dict[str, Any]) -> list[dict[str, Any]]:
    told = chat.get("lines", [])
    return [{"n": n, "from": who, "text": text, "is_bot": mark == ["bot"]} for n, who, text, *mark in told]


def _read_ranges(text: str) -> set[int]:
    """The numbers of "1-4,7"."""
    ends = [part.partition("-") for part in text.split(",") if part]
    return {number for first, _, last in ends for number in range(int(first), int(last or first) + 1)}


def answer_texts(text_of: Callable[[int], str | None]) -> Callable[[list[dict[str, Any]]], str]:
    """An answer with a text for each utterance, and nothing for those without one."""

    def answer(items: list[dict[str, Any]]) -> str:
        texts = [(item["id"], text_of(item["utterance"])) for item in items]
        return json.dumps({"items": [{"id": number, "text": text} for number, text in texts if text is not None]})

    return answer


class FakeLLM:
    """Answers every item with a text of its own, or as `answer` says; raises the next of `errors`.

    `requests` are the items of each request as `read_prompt` gives them, `bodies` the user messages as sent. A listener
    hears half of the answer, then all of it.
    """

    provider = "fake"
    model = "fake-1"
    server = "http://fake/v1"

    def close(self) -> None:
        """Has no connections."""

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.bodies: list[str] = []
        self.timeouts: list[float | None] = []
        self.errors: list[LLMError] = []
        self.answer: Callable[[list[dict[str, Any]]], str] | None = None

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
        timeout_s: float | None = None,
    ) -> Completion:
        items = read_prompt(messages[-1]["content"])
        self.timeouts.append(timeout_s)
        self.requests.append(items)
        self.bodies.append(messages[-1]["content"])
        if self.errors:
            raise self.errors.pop(0)
        texts = [{"id": item["id"], "text": f"Thought number {item.get('utterance', item['id'])}."} for item in items]
        text = self.answer(items) if self.answer else json.dumps({"items": texts})
        if listen is not None:
            listen(text[: len(text) // 2])
            listen(text)
        return Completion(text, self.model, 100, 10 * len(items))


class FakeProviderLimiter:
    """Grants everything, or the next of `grants`."""

    def __init__(self) -> None:
        self.grants: list[Grant] = []
        self.rests: list[float] = []
        self.lowered: list[str | None] = []
        self.reserved: list[int] = []
        self.settled: list[tuple[int, int]] = []
        self.corrections: list[Allowance] = []
        self.room_in_s = 0.0

    def peek(self, bulk: bool = False) -> float:
        return self.room_in_s

    def reserve(self, tokens: int, urgent: bool, fewest: int | None = None, bulk: bool = False) -> Grant:
        self.reserved.append(tokens)
        return self.grants.pop(0) if self.grants else Grant(True)

    def settle(self, reserved: int, used: int) -> None:
        self.settled.append((reserved, used))

    def correct(self, allowances: Sequence[Allowance]) -> None:
        self.corrections.extend(allowances)

    def rest(self, seconds: float, lower: str | None = None) -> None:
        self.rests.append(seconds)
        self.lowered.append(lower)

    def free_probe(self) -> None:
        return

    def keep_warm(self) -> None:
        return


class FakeBreaker:
    """Lets everything through, unless a test opens it."""

    def __init__(self) -> None:
        self.open = False
        self.reports: list[bool] = []
        self.cancelled = 0
        self.left = 0

    def ask(self) -> Grant:
        return Grant(not self.open, 7.0 if self.open else 0.0)

    def is_open(self) -> bool:
        return self.open

    def report(self, available: bool, leave: bool = False) -> None:
        self.left += leave
        self.reports.append(available)

    def cancel(self) -> None:
        self.cancelled += 1


class FakeUsage:
    """Knows the rates that a test gives it, and remembers what it was told."""

    def __init__(self) -> None:
        self.rates = TokenRates()
        self.learned: list[tuple[int, int, int, int]] = []
        self.slow: list[int] = []

    def learn_context(self, tokens: int) -> None:
        self.rates = replace(self.rates, context=tokens)

    def read(self) -> TokenRates:
        return self.rates

    def learn(
        self, prompt_estimate: int, items: int, tokens_in: int, tokens_out: int, thoughts: int, seconds: float
    ) -> None:
        self.learned.append((prompt_estimate, items, tokens_in, tokens_out))

    def learn_slow(self, items: int, seconds: float) -> None:
        self.slow.append(items)


class FakePace:
    """Has as many places as a test says, and remembers what it was told."""

    def __init__(self, places: int = MOST_IN_FLIGHT) -> None:
        self.now = places
        self.learned: list[tuple[int, bool]] = []

    def places(self) -> int:
        return self.now

    def learn(self, in_flight: int, seconds_per_token: float, hung: bool) -> None:
        self.learned.append((in_flight, hung))
