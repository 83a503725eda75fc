"""Deterministic token counts, and the cached part of a prompt."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BYTES_PER_TOKEN = 4
MESSAGE_OVERHEAD_TOKENS = 4
REPLY_PRIMING_TOKENS = 3
CACHE_MINIMUM_TOKENS = 1024
CACHE_STEP_TOKENS = 128
CACHE_ENTRIES = 50_000


@dataclass(frozen=True)
class Usage:
    """Tokens of one answered request; `cached` is the part of `prompt` found in the prefix cache, `reasoning` the part
    of `completion` that was thought.
    """

    prompt: int
    completion: int
    cached: int
    reasoning: int = 0

    def as_json(self) -> dict[str, Any]:
        """Returns the `usage` object of the chat completions API."""
        told: dict[str, Any] = {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
        }
        if self.reasoning:
            told["completion_tokens_details"] = {"reasoning_tokens": self.reasoning}
        return told


def count_text(text: str) -> int:
    """Returns the tokens of `text`: one for every four UTF-8 bytes, rounded up."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def count_prompt(contents: Sequence[str], schema_text: str) -> int:
    """Returns the tokens of a whole prompt: every message, a fixed overhead for each, and the schema sent with it."""
    messages = sum(count_text(content) + MESSAGE_OVERHEAD_TOKENS for content in contents)
    return messages + REPLY_PRIMING_TOKENS + count_text(schema_text)


def cut_to_tokens(text: str, limit: int) -> str:
    """Returns the longest start of `text` of at most `limit` tokens, without splitting a character."""
    return text.encode("utf-8", "replace")[: limit * BYTES_PER_TOKEN].decode("utf-8", "ignore")


class PrefixCache:
    """Stores prefixes of prompts, as OpenAI's prompt cache does: exact prefixes of at least 1,024 tokens, in steps of
    128 (https://platform.openai.com/docs/guides/prompt-caching). Prompts are not shared between organisations, so the
    key's fingerprint is part of every entry. The oldest entries are evicted first.
    """

    def __init__(self, entries: int = CACHE_ENTRIES) -> None:
        self._entries = entries
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def look_up_and_remember(self, fingerprint: str, prompt: str) -> int:
        """Returns the tokens of the longest prefix stored for the key, 0 below 1,024; stores the prompt's prefixes."""
        cached = 0
        data = prompt.encode("utf-8", "replace")
        digest = hashlib.sha256(fingerprint.encode())
        done = 0
        for tokens in range(CACHE_MINIMUM_TOKENS, len(data) // BYTES_PER_TOKEN + 1, CACHE_STEP_TOKENS):
            digest.update(data[done : tokens * BYTES_PER_TOKEN])
            done = tokens * BYTES_PER_TOKEN
            cached = tokens if self._touch(digest.digest()) else cached
        return cached

    def _touch(self, entry: bytes) -> bool:
        known = entry in self._seen
        self._seen[entry] = None
        self._seen.move_to_end(entry)
        if len(self._seen) > self._entries:
            self._seen.popitem(last=False)
        return known
