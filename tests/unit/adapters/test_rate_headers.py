"""What is read from the headers of real answers, and of odd ones."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.llm.rate_headers import read_duration, read_groq, read_openai
from app.domain.ports import Allowance
from sandbox.llm.wire import format_duration

OPENAI = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-limit-tokens": "150000",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-remaining-tokens": "149984",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-reset-tokens": "6m0s",
}
GROQ = {
    "retry-after": "2",
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "18000",
    "x-ratelimit-remaining-requests": "14370",
    "x-ratelimit-remaining-tokens": "17997",
    "x-ratelimit-reset-requests": "2m59.56s",
    "x-ratelimit-reset-tokens": "7.66s",
}


def test_openai_speaks_of_the_minute():
    assert read_openai(OPENAI) == (
        Allowance("requests", "minute", 60, 59, 1.0),
        Allowance("tokens", "minute", 150_000, 149_984, 360.0),
    )


def test_groqs_requests_are_of_the_day():
    assert read_groq(GROQ) == (
        Allowance("requests", "day", 14_400, 14_370, pytest.approx(179.56)),
        Allowance("tokens", "minute", 18_000, 17_997, pytest.approx(7.66)),
    )


def test_headers_of_an_http_answer_are_read_whatever_their_case():
    assert read_openai(httpx.Headers({name.title(): value for name, value in OPENAI.items()})) == read_openai(OPENAI)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0), ("120ms", 0.12), ("1s", 1), ("1.5s", 1.5), ("6m0s", 360), ("2m59.56s", 179.56), ("1h2m3s", 3723),
        ("24h0m0s", 86_400), ("1d2h", 93_600), ("8.64s", 8.64), ("3m", 180), ("7", 7), ("1s250ms", 1.25), (" 4s ", 4),
    ],
)  # fmt: skip
def test_durations(text, seconds):
    assert read_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", " ", "s", "m", "soon", "-1s", "1x", "3s2m", "1..5s", "1e9", "1714521600", "٣s"])
def test_what_is_no_duration_is_none(text):
    assert read_duration(text) is None


@pytest.mark.parametrize("odd", [None, "", "-1", "many", "1..5", "1e3", "0x10", "٣", "9" * 40])
@pytest.mark.parametrize("name", ["limit", "remaining", "reset"])
def test_a_limit_with_a_missing_or_odd_header_is_left_out_and_the_other_one_stays(name, odd):
    headers = dict(OPENAI)
    del headers[f"x-ratelimit-{name}-tokens"]
    if odd is not None:
        headers[f"x-ratelimit-{name}-tokens"] = odd
    assert read_openai(headers) == read_openai(OPENAI)[:1]


@pytest.mark.parametrize(("limit", "remaining"), [("0", "0"), ("10", "11")])
def test_a_limit_that_makes_no_sense_is_left_out(limit, remaining):
    odd = {"x-ratelimit-limit-requests": limit, "x-ratelimit-remaining-requests": remaining}
    assert read_openai(OPENAI | odd) == read_openai(OPENAI)[1:]


@given(st.dictionaries(st.sampled_from(sorted(GROQ)), st.text(max_size=12)))
def test_no_header_is_ever_an_error(headers):
    for one in (*read_openai(headers), *read_groq(headers)):
        assert 0 <= one.remaining <= one.limit
        assert one.reset_s >= 0


@given(st.floats(0, 200_000))
def test_what_a_sandbox_writes_is_what_is_read(seconds):
    assert read_duration(format_duration(seconds)) == pytest.approx(seconds, abs=0.5, rel=1e-4)
