"""Errors as providers send them: what each is about, and the sentence that may be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.llm.faults import find_fault
from app.adapters.llm.problems import LONGEST_SENTENCE, ProblemAnswered, read_problem, tidy


class SdkError(Exception):
    """An SDK's error with a status and a parsed body."""

    def __init__(self, status, body):
        self.status_code = status
        self.body = body
        super().__init__("no")


QUOTA = "You exceeded your current quota, please check your plan and billing details."
TPD = "Rate limit reached for model `m` in organization `o` on tokens per day (TPD): Limit 100000. Try again in 7m."
TPM = "Rate limit reached for model `m` on tokens per minute (TPM): Limit 6000. Please try again in 7.66s."
VLLM = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."
GEMINI_DAY = [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]

KINDS = [
    (401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, "key"),
    (403, {"error": {"message": "Country not supported", "code": "unsupported_country_region_territory"}}, "key"),
    (400, [{"error": {"message": "API key not valid. Please pass a valid API key.", "code": 400}}], "key"),
    (403, {"error": {"message": "Input was flagged", "code": 403, "metadata": {"reasons": ["violence"]}}}, "content"),
    (404, {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}, "model"),
    (404, {"error": {"message": "model 'llama9' not found, try pulling it first"}}, "model"),
    (400, {"error": {"message": "Model Not Exist", "type": "invalid_request_error"}}, "model"),
    (400, {"error": {"message": "The model `x` has been decommissioned", "code": "model_decommissioned"}}, "model"),
    (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid"}}, "money"),
    (429, {"error": {"message": QUOTA, "type": "insufficient_quota", "code": "insufficient_quota"}}, "money"),
    (429, {"error": {"message": "no", "type": "usage_limit_reached"}}, "money"),
    (400, {"error": {"message": "Your credit balance is too low", "type": "invalid_request_error"}}, "money"),
    (429, {"error": "INSUFFICIENT QUOTA", "message": "INSUFFICIENT QUOTA: too many requests a minute"}, "minute"),
    (429, {"error": {"message": TPM, "type": "tokens", "code": "rate_limit_exceeded"}}, "minute"),
    (429, {"error": {"message": TPD, "type": "tokens", "code": "rate_limit_exceeded"}}, "day"),
    (429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": QUOTA}}], "minute"),
    (429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": QUOTA, "details": GEMINI_DAY}}], "day"),
    (429, {"error": {"message": "Request too large for gpt-4o: tokens must be reduced", "code": "x"}}, "context"),
    (413, {"error": {"message": "Request too large on TPM", "code": "rate_limit_exceeded"}}, "context"),
    (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, "context"),
    (400, {"object": "error", "message": VLLM, "type": "BadRequestError", "code": 400}, "context"),
    (400, {"error": {"message": "the request exceeds", "type": "exceed_context_size_error"}}, "context"),
    (500, {"error": {"message": "the request exceeds the available context size", "type": "server_error"}}, "context"),
    (400, {"error": {"message": "The response was filtered", "code": "content_filter"}}, "content"),
    (400, {"error": {"message": "flagged as potentially violating our usage policy", "code": "x"}}, "content"),
    (400, {"error": {"message": "temperature: too hot"}}, "rejected"),
    (422, {"detail": [{"loc": ["body", "n"], "msg": "Input should be 1", "input": "x"}]}, "rejected"),
    (500, {"error": {"message": "oops"}}, "overloaded"),
    (529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded"),
    (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, "overloaded"),
    (400, {"error": {"message": "Loading model"}}, "overloaded"),
    (408, {"error": {"message": "no"}}, "overloaded"),
    (502, "<html><title>Bad Gateway</title></html>", "overloaded"),
]


@pytest.mark.parametrize(("status", "body", "fault"), KINDS, ids=[f"{kind[0]} {kind[2]}" for kind in KINDS])
def test_an_error_is_about_what_its_codes_status_and_words_say(status, body, fault):
    assert find_fault(read_problem(SdkError(status, body))) == fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        ({"code": 502, "message": "Provider returned error"}, "overloaded"),
        ({"code": 429, "message": "slow down"}, "minute"),
        ({"code": "insufficient_quota", "message": QUOTA}, "money"),
        ("model 'x' not found", "model"),
        ({"message": "what?", "type": "strange"}, "overloaded"),
        ({"message": "no", "code": "x", "status_code": 400}, "rejected"),
    ],
)
def test_an_error_object_in_place_of_an_answer_is_about_what_it_says_itself(error, fault):
    problem = read_problem(ProblemAnswered({"error": error}))
    assert problem.in_answer
    assert find_fault(problem) == fault


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": {"message": "No such\nthing"}}, "No such thing"),
        ({"error": "not loaded"}, "not loaded"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body", "x"], "msg": "Extra", "input": "what people said"}]}, "body.x: Extra"),
        ({"message": {"detail": [{"loc": ["body"], "msg": "no"}]}, "object": "error"}, "body: no"),
        ([{"error": {"message": "from Gemini"}}], "from Gemini"),
        ({"error": {"message": "Provider error", "metadata": {"raw": "busy"}}}, "Provider error: busy"),
        ("<html><head><title>502 Bad&nbsp;Gateway</title></head></html>", "502 Bad Gateway"),
        ("<p>Sign <b>in</b></p><script>x()</script>", "Sign in"),
        (None, ""),
        ([], ""),
        ({"error": {"message": 5}}, ""),
    ],
)
def test_the_sentence_is_found_wherever_it_stands(body, sentence):
    assert read_problem(SdkError(400, body)).sentence == sentence


def test_secrets_do_not_leave_with_a_sentence():
    own = "not-like-a-key"
    told = f"Wrong key {own}, sk-proj-abc****xyz, Bearer eyJhbGciOi, AIzaSyD-1234567890, gsk_abcdefgh: http://u:pw@h/"
    shown = tidy(told, [own])
    for secret in (own, "abc****xyz", "eyJhbGciOi", "SyD-123", "gsk_abc", "pw@"):
        assert secret not in shown
    assert shown.startswith("Wrong key ***")


def test_what_people_wrote_does_not_leave_with_a_sentence():
    prompt = "rules\nAnd then Zelda said that she would rather stay at home tonight."
    shown = tidy("Cannot parse: 'Zelda said that she would rather stay at home tonight.'", prompt=prompt)
    assert shown == "Cannot parse: '[…]"


@given(st.text(max_size=1000))
def test_every_sentence_can_be_stored_and_logged_on_one_line(text):
    shown = tidy(text)
    assert len(shown) <= LONGEST_SENTENCE
    assert "\n" not in shown
    assert "\x00" not in shown
    shown.encode()
