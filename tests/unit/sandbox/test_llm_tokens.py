"""Token counts and the prefix cache."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.llm.tokens import PrefixCache, Usage, count_prompt, count_text, cut_to_tokens

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_four_bytes_are_one_token_and_a_rest_counts_whole() -> None:
    assert [count_text(text) for text in ("", "a", "abcd", "abcde", "çç", "ççç")] == [0, 1, 1, 2, 1, 2]


def test_every_message_costs_an_overhead() -> None:
    assert count_prompt(["abcd", "abcd"], "") == 2 * (1 + 4) + 3
    assert count_prompt(["abcd"], "x" * 40) - count_prompt(["abcd"], "") == 10


@UNHURRIED
@given(st.text(), st.integers(0, 50))
def test_a_cut_text_is_a_start_and_fits(text: str, limit: int) -> None:
    cut = cut_to_tokens(text, limit)
    assert count_text(cut) <= limit
    assert text.encode("utf-8", "replace").decode().startswith(cut)


def test_only_an_exact_start_of_1024_tokens_or_more_is_cached() -> None:
    cache = PrefixCache()
    rules = "r" * 4 * 1100
    assert cache.look_up_and_remember("k", rules + "one") == 0
    assert cache.look_up_and_remember("k", rules + "two") == 1024
    assert cache.look_up_and_remember("k", "x" + rules) == 0
    assert cache.look_up_and_remember("k", "r" * 4 * 1023) == 0


def test_cached_tokens_come_in_steps_of_128() -> None:
    cache = PrefixCache()
    prompt = "".join(chr(97 + place % 26) for place in range(4 * 1500))
    cache.look_up_and_remember("k", prompt)
    assert cache.look_up_and_remember("k", prompt) == 1024 + 3 * 128


def test_one_key_does_not_profit_from_another() -> None:
    cache = PrefixCache()
    cache.look_up_and_remember("first", "r" * 8000)
    assert cache.look_up_and_remember("second", "r" * 8000) == 0


def test_an_old_prefix_is_forgotten_when_the_cache_is_full() -> None:
    cache = PrefixCache(entries=2)
    cache.look_up_and_remember("k", "a" * 4 * 1024)
    cache.look_up_and_remember("k", "b" * 4 * 1024)
    cache.look_up_and_remember("k", "c" * 4 * 1024)
    assert cache.look_up_and_remember("k", "a" * 4 * 1024) == 0


def test_usage_adds_up() -> None:
    usage = Usage(prompt=10, completion=5, cached=0).as_json()
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] == 15
