"""How long a provider asks to wait, in every place and form in which providers say so."""

from __future__ import annotations

import datetime as dt
import math
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.llm.waits import LONGEST_S, SHORTEST_S, read_wait, read_words

NOW = dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC)
HEADERS = ["retry-after", "retry-after-ms", "date", "x-ratelimit-reset", "x-ratelimit-reset-tokens"]
SENT = {"date": format_datetime(NOW, usegmt=True)}


def http_date(seconds):
    return format_datetime(NOW + dt.timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "0"}, SHORTEST_S),
        ({"retry-after": "1e999"}, LONGEST_S),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-3"}, SHORTEST_S),
        ({"retry-after": "1m30s"}, 90.0),
        ({"retry-after": http_date(42)}, 42.0),
        ({"retry-after": http_date(-42)}, SHORTEST_S),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"x-ratelimit-reset-tokens": "7.66s"}, 7.66),
        ({"x-ratelimit-reset-requests": "2m59.56s", "x-ratelimit-reset-tokens": "7.66s"}, 7.66),
        (
            {
                "x-ratelimit-reset-requests": "2m59.56s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "7.66s",
                "x-ratelimit-remaining-tokens": "900",
            },
            179.56,
        ),
        ({"x-ratelimit-reset": str(int((NOW.timestamp() + 30) * 1000))}, 30.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() + 30))}, 30.0),
        ({"x-ratelimit-reset": "never"}, None),
        ({"x-ratelimit-reset-tokens": "7.66s", "x-ratelimit-remaining-tokens": "900"}, None),
        ({}, None),
    ],
)
def test_headers_tell_how_long_to_wait(headers, seconds):
    found = read_wait({**SENT, **headers}, None, "")
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("Rate limit reached … Limit 6000, Used 5966, Requested 800. Please try again in 7.66s. Visit …", 7.66),
        ("Please try again in 1m2.5s.", 62.5),
        ("try again in 120ms", 0.12),
        ("Please retry in 36.351s.", 36.351),
        ("Please retry in 36.351s. Learn more in 2 minutes", 36.351),
        ("Please retry after 20 seconds.", 20.0),
        ("Retry after 2 minutes", 120.0),
        ("Please try again in 1h2m3s", 3723.0),
        ("Please try again in 1 hour 30 minutes.", 5400.0),
        ("Please wait 3 seconds before trying again.", 3.0),
        ("Rate limit is exceeded. Try again in 6 days 2 hours.", LONGEST_S),
        ("You exceeded your current quota", None),
        ("Try again later", None),
    ],
)
def test_sentences_tell_how_long_to_wait(sentence, seconds):
    assert read_wait({}, None, sentence) == (None if seconds is None else pytest.approx(seconds))


def test_geminis_retry_info_wins_over_its_sentence():
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}]
    error = {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}
    for body in (error, {"error": error}, [{"error": error}]):
        assert read_wait({}, body, "Please retry in 36.3s.") == 36.0


@given(
    headers=st.dictionaries(
        st.sampled_from(HEADERS),
        st.one_of(st.text(max_size=30), st.floats().map(str), st.integers().map(str), st.just(SENT["date"])),
    ),
    body=st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "details", "retryDelay"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    sentence=st.text(max_size=60) | st.from_regex(r"(try again|retry|wait) (in|after) [0-9a-z. ]{1,30}"),
)
def test_whatever_a_provider_sends_the_wait_is_bounded(headers, body, sentence):
    found = read_wait(headers, body, sentence)
    assert found is None or (math.isfinite(found) and SHORTEST_S <= found <= LONGEST_S)


@given(
    hours=st.integers(0, 20),
    minutes=st.integers(0, 59),
    milliseconds=st.integers(1, 59_999),
    start=st.sampled_from(["Please try again in ", "retry in ", "Retry after: ", "available in "]),
)
def test_durations_in_words_are_read_back(hours, minutes, milliseconds, start):
    told = f"{hours}h{minutes}m{milliseconds / 1000}s"
    assert read_words(f"No. {start}{told}, please") == pytest.approx(hours * 3600 + minutes * 60 + milliseconds / 1000)
