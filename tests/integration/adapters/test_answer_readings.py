"""Answers wherever a provider puts them, by both SDKs, whole and streamed; thoughts are never part of the text."""

from __future__ import annotations

import json

import pytest

from app.domain.prompting import schema
from tests.integration.adapters.habits import MESSAGES, TEXT, answer, refuse
from tests.integration.adapters.scripted import Reply

SCHEMA = schema(1)
CALL = {"index": 0, "id": "t", "type": "function", "function": {"name": "answers", "arguments": TEXT}}
PARTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "secret thoughts"}]},
    {"type": "text", "text": TEXT[:5]},
    {"type": "text", "text": TEXT[5:]},
]


@pytest.mark.parametrize(
    "message",
    [
        {"content": TEXT},
        {"content": PARTS},
        {"content": [TEXT]},
        {"content": None, "tool_calls": [CALL]},
        {"content": "", "tool_calls": [CALL]},
        {"reasoning_content": "secret thoughts", "content": TEXT},
        {"reasoning": "secret thoughts", "content": TEXT},
        {"reasoning_content": "secret thoughts", "reasoning": "secret thoughts", "content": TEXT},
        {"reasoning_content": None, "content": TEXT},
    ],
)
def test_the_answer_is_read_wherever_it_stands(server, client, listen, message):
    heard = []
    server.decide = lambda body: answer(body, message)
    found = client.complete(MESSAGES, SCHEMA, 99, listen and heard.append)
    assert found.text == TEXT
    if listen:
        assert heard[-1] == TEXT
        assert not any("secret" in text for text in heard)


def test_an_object_as_arguments_is_read_too(server, client):
    call = {**CALL, "function": {"name": "answers", "arguments": json.loads(TEXT)}}
    server.decide = lambda body: answer(body, {"content": None, "tool_calls": [call]})
    assert json.loads(client.complete(MESSAGES, SCHEMA, 99).text) == json.loads(TEXT)


@pytest.mark.parametrize(
    ("usage", "message", "reasoning", "out"),
    [
        ({"prompt_tokens": 40, "completion_tokens": 50, "total_tokens": 90}, {}, 0, 50),
        (
            {"prompt_tokens": 40, "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 30}},
            {},
            30,
            50,
        ),
        ({"prompt_tokens": 40, "completion_tokens": 20, "total_tokens": 90}, {}, 30, 50),
        ({"prompt_tokens": 40, "completion_tokens": 50}, {"reasoning_content": "x" * 80}, 20, 50),
        ({"prompt_tokens": 40, "completion_tokens": 50}, {"content": f"<think>{'x' * 73}</think>{TEXT}"}, 22, 50),
        ({}, {"reasoning": "x" * 80}, 20, 20 + -(-len(TEXT.encode()) // 4)),
    ],
    ids=["none", "counted within", "counted apart (Gemini)", "shown", "in a block", "not counted"],
)
def test_thoughts_are_counted_as_part_of_what_was_written(server, client, listen, usage, message, reasoning, out):
    server.decide = lambda body: answer(body, {"content": TEXT, **message}, usage=usage)
    found = client.complete(MESSAGES, SCHEMA, 99, listen)
    assert (found.tokens_reasoning, found.tokens_out) == (reasoning, out)


def test_an_answer_that_groq_found_wrong_in_its_form_is_read(server, client, listen):
    heard = []
    wrong = refuse(400, "Failed to generate JSON", code="json_validate_failed", failed_generation=TEXT)
    server.answer(wrong)
    found = client.complete(MESSAGES, SCHEMA, 99, listen and heard.append)
    assert (found.text, found.model) == (TEXT, "model-1")
    assert heard == ([TEXT] if listen else [])
    assert len(server.requests) == 1


def test_a_server_that_answers_whole_although_asked_to_stream_is_read(server, client):
    heard = []
    server.decide = lambda body: answer({})
    assert client.complete(MESSAGES, SCHEMA, 99, heard.append).text == TEXT
    assert heard == [TEXT]


def test_an_error_that_comes_in_place_of_a_stream_is_read(server, client):
    server.answer(Reply(200, {"error": {"message": "gone", "code": "insufficient_quota"}}))
    with pytest.raises(Exception, match="gone"):
        client.complete(MESSAGES, SCHEMA, 99, lambda text: None)
