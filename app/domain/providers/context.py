"""A model's context, learned from refusals: how many tokens a prompt and its answer may have together."""

from __future__ import annotations

import re

KEPT_SHARE = 0.5
"""Of what was refused, where the refusal names no size, or one that cannot be true."""

SMALLEST, LARGEST = 256, 10_000_000

TOLD = re.compile(
    r"(?:context(?: |_)(?:length|size|window)|n_ctx|max_model_len|model_len|tokens? allowed|\blimit\b|\bmaximum)"
    r"[^\d.;]{0,30}(\d[\d,]{2,9})|>\s*(\d[\d,]{2,9})\s*(?:tokens\s*)?max",
    re.IGNORECASE,
)
"""As OpenAI, Anthropic, Groq, Gemini, llama.cpp and vLLM say it: "maximum context length is 8192 tokens", "200001
tokens > 200000 maximum", "Limit 6000, Requested 7012", "tokens allowed (32768)", "context size (4096 tokens)"."""


def learn_context(sentence: str, refused: int) -> int:
    """Returns the tokens that the next request may have, after one of `refused` tokens was too long by `sentence`."""
    told = next((size for size in map(_size, TOLD.finditer(sentence)) if SMALLEST <= size <= LARGEST), refused)
    return told if told < refused else max(1, int(refused * KEPT_SHARE))


def _size(found: re.Match[str]) -> int:
    return int((found[1] or found[2]).replace(",", ""))
