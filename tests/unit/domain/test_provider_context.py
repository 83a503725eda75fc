"""What a refusal tells of a model's context, in the words of many servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.providers.context import learn_context


@pytest.mark.parametrize(
    ("sentence", "context"),
    [
        ("This model's maximum context length is 8192 tokens. However, your messages resulted in 10530 tokens.", 8192),
        ("prompt is too long: 200001 tokens > 8,000 maximum", 8000),
        ("the request exceeds the available context size (4096 tokens), try increasing it", 4096),
        ("Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 10530", 6000),
        ("The input token count (10530) exceeds the maximum number of tokens allowed (8192).", 8192),
        ("exceeds max_model_len of 4096", 4096),
        ("request (10530 tokens) exceeds context window of 2048", 2048),
        ("n_ctx = 4096, n_prompt_tokens = 10530", 4096),
        ("Please shorten your prompt.", 5000),
        ("maximum context length is 131072 tokens", 5000),
        ("the maximum is 7", 5000),
    ],
)
def test_the_size_is_what_the_server_says_or_less_than_what_it_refused(sentence, context):
    assert learn_context(sentence, 10_000) == context


@given(st.text(), st.integers(1, 10**7))
def test_any_sentence_makes_the_next_request_smaller(sentence, refused):
    assert 1 <= learn_context(sentence, refused) < max(2, refused)
