"""The doors for answers: what a model writes, and what a Bot API server says."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from app.adapters.llm.problems import ProblemAnswered, read_problem
from app.adapters.llm.readings import read_whole
from app.adapters.telegram.bot_api import BotApi
from app.domain.errors import LLMError, LLMMalformed, TelegramError
from app.domain.prompting.reading.strict import ItemStream, read_items
from app.domain.prompting.reading.tolerant import read_answer
from app.domain.prompting.rules import schema
from tests.fuzz.house import House, watched
from tests.fuzz.strategies import plain, raw_json, spoiled, write_json

ITEMS = {"items": [{"id": "1", "text": "hello"}, {"id": "2", "text": "there"}, {"id": "3", "text": "you"}]}
COMPLETION = {
    "model": "gpt",
    "choices": [{"message": {"content": "hi", "refusal": None}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 2}},
}
RESULTS = {
    "id": -1001000000001,
    "username": "ada_bot",
    "first_name": "Ada",
    "type": "supergroup",
    "title": "Markets",
    "permissions": {"can_send_messages": True},
    "status": "member",
    "message_id": 5,
    "url": "https://a.example",
    "pending_update_count": 0,
    "last_error_message": "none",
}
REFUSAL = {"ok": False, "error_code": 400, "description": "Bad Request", "parameters": {"retry_after": 5}}
MOST_BIGINT = 2**63 - 1

model_answers = st.one_of(spoiled(st.just(ITEMS)).map(write_json), raw_json).map(
    lambda raw: raw.decode("utf-8", "surrogatepass" if raw.isascii() else "replace")
)
completions = spoiled(st.just(COMPLETION)).map(plain)
replies = st.tuples(
    st.sampled_from((200, 200, 400, 403, 404, 429, 500, 502)),
    st.one_of(
        spoiled(st.just({"ok": True, "result": RESULTS})).map(write_json),
        spoiled(st.just(REFUSAL)).map(write_json),
        raw_json,
    ),
)


def assert_storable(value: Any) -> None:
    """Fails when Postgres would refuse a value."""
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    assert "\\u0000" not in json.dumps(value)


def take_model_answer(house: House, text: str) -> None:
    """Reads a model's answer, whole and as it is streamed: what is kept can be stored, and nothing crashes."""
    wanted = {"1", "2", "3"}
    with watched(text):
        stream, streamed = ItemStream(wanted), {}
        for end in sorted({len(text) // 3, len(text) // 2, len(text)}):
            streamed |= stream.feed(text[:end])
        try:
            whole = read_items(text, wanted)
        except LLMMalformed:
            whole = {}
        try:
            tolerant = read_answer(text, sorted(wanted), schema(len(wanted))).items
        except LLMMalformed:
            tolerant = {}
    assert_storable([whole, streamed, tolerant])


def take_completion(house: House, answer: Any) -> None:
    """Reads a provider's envelope: the ledger can hold what it says of model and tokens."""
    with watched(answer):
        try:
            reading = read_whole(answer)
        except ProblemAnswered as error:
            assert_storable([read_problem(error).sentence, read_problem(error).code])
            return
        except LLMError:
            return
    assert_storable(reading.model)
    counts = (reading.tokens_in, reading.tokens_out, reading.tokens_cached, reading.tokens_reasoning)
    assert all(0 <= count < 2**31 for count in counts), answer


def take_reply(house: House, reply: tuple[int, bytes]) -> None:
    """Calls a Bot API server that answers so: a result that can be stored, or one of our errors with words."""
    status, body = reply
    api = BotApi("http://127.0.0.1:9")
    answer = SimpleNamespace(status_code=status, content=body, headers={})
    api._session = lambda: SimpleNamespace(post=lambda *_, **__: answer)  # type: ignore[method-assign,assignment,return-value]
    calls = (
        lambda: api.get_me("1:a"),
        lambda: api.get_chat("1:a", -1),
        lambda: api.get_chat_member("1:a", -1, 1),
        lambda: api.send_message("1:a", -1, "hi"),
        lambda: api.get_webhook_info("1:a"),
    )
    for call in calls:
        with watched(reply):
            try:
                result = call()
            except TelegramError as error:
                result = str(error)
        told = [result] if isinstance(result, int | str) else [getattr(result, name) for name in result.__slots__]
        for value in told:
            assert_storable(value)
            assert not isinstance(value, int) or abs(value) <= MOST_BIGINT
