"""The settings of the fallback provider, of the cheaper model and of prices."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis
from cryptography.fernet import Fernet

from app.adapters.llm.prices import load_prices
from app.bootstrap.chains import Chains
from app.config import Settings
from app.domain.errors import ConfigError
from app.domain.lanes.lane import Lane
from app.domain.providers.capabilities import LADDER
from app.held import Held
from app.services.providers.listing import from_environment


def settings(**fields):
    needed = {
        "database_url": "postgresql://db/chorus",
        "broker_url": "redis://127.0.0.1:1/0",
        "cache_url": "redis://127.0.0.1:1/0",
        "secret_key": "k" * 40,
        "encryption_keys": Fernet.generate_key().decode(),
    }
    return Settings.from_env(**{**needed, "openai_api_key": "sk-own", "groq_api_key": "gsk-own", **fields})


AMBIENT = Lane("chat", "ambient")


def chains(found=None, **fields):
    """The chains of settings, without a database: nothing is asked of it."""
    listed = Held(lambda: from_environment(found or settings(**fields)), ttl_s=60)
    return Chains(listed, load_prices(), redis.Redis(port=1), None, None, timeout_s=1.0)


def key_of(found):
    return found.llm_fallback_key.get_secret_value() if found.llm_fallback_key else None


@pytest.mark.parametrize("given", [{"llm_fallback_provider": "groq"}, {"llm_fallback_url": "http://127.0.0.1:1"}])
def test_a_fallback_without_a_model_is_told_what_it_lacks(given):
    with pytest.raises(ConfigError) as error:
        settings(**given)
    [problem] = error.value.problems
    assert problem.startswith("LLM_FALLBACK_MODEL: must name a model")


def test_a_fallback_address_must_be_one():
    with pytest.raises(ConfigError, match="LLM_FALLBACK_URL: must start with http"):
        settings(llm_fallback_model="m", llm_fallback_url="there")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, "sk-own"),
        ({"llm_fallback_provider": "groq"}, "gsk-own"),
        ({"llm_fallback_provider": "groq", "llm_fallback_api_key": "other"}, "other"),
        ({"llm_fallback_url": "http://127.0.0.1:1", "llm_fallback_api_key": "other"}, "other"),
        ({"llm_fallback_url": "http://127.0.0.1:1"}, None),
    ],
)
def test_a_key_goes_to_its_own_provider_only(given, key):
    assert key_of(settings(llm_fallback_model="m", **given)) == key


def test_no_fallback_is_one_provider():
    [only] = from_environment(settings()).entries
    assert only.label == "openai:gpt-4o-mini"


def test_two_servers_with_a_model_of_one_name_have_limits_and_breakers_of_their_own():
    given = {"llm_model": "m", "llm_fallback_model": "m", "llm_fallback_url": "http://127.0.0.1:1"}
    assert [one.label for one in from_environment(settings(**given)).entries] == ["openai:m", "fallback:m"]


def test_the_chain_is_in_the_order_of_preference_and_each_has_its_own_size_of_a_request():
    given = {"llm_fallback_provider": "groq", "llm_fallback_model": "llama", "llm_fallback_tpm": 6000}
    first, second = chains(llm_tpm=60_000, **given).of(AMBIENT)
    assert (first.name, first.request_tokens) == ("openai:gpt-4o-mini", 30_000)
    assert (second.name, second.client.provider, second.request_tokens) == ("groq:llama", "groq", 3000)


def test_the_cheaper_model_answers_economy_lanes_only_and_the_fallback_stands_behind_it():
    built = chains(llm_economy_model="e", llm_fallback_model="f")
    assert [one.client.model for one in built.of(AMBIENT)] == ["gpt-4o-mini", "f"]
    assert [one.client.model for one in built.of(replace(AMBIENT, economy=True))] == ["e", "gpt-4o-mini", "f"]
    assert (built.has_economy(), chains().has_economy()) == (True, False)
    assert built.of(AMBIENT)[0] is built.of(AMBIENT)[0]


def test_the_cheaper_model_is_another_one_with_limits_of_its_own():
    found = settings(llm_economy_model="gpt-6-luna", llm_economy_rpm=50, llm_economy_tpm=9000)
    assert (found.llm_economy_model, found.llm_economy_rpm, found.llm_economy_tpm) == ("gpt-6-luna", 50, 9000)
    assert settings().llm_economy_model is None
    with pytest.raises(ConfigError, match="LLM_ECONOMY_MODEL: must be another model than LLM_MODEL"):
        settings(llm_model="m", llm_economy_model="m")


def test_a_price_file_that_is_not_there_is_told_at_start(tmp_path):
    with pytest.raises(ConfigError, match=r"LLM_PRICES_FILE: .*prices\.toml is no file; name a TOML file"):
        settings(llm_prices_file=str(tmp_path / "prices.toml"))
    (tmp_path / "prices.toml").write_text("[mine]\n")
    assert settings(llm_prices_file=str(tmp_path / "prices.toml")).llm_prices_file == tmp_path / "prices.toml"


def test_a_fixed_form_and_effort_apply_to_the_main_and_the_cheaper_model_only():
    found = settings(llm_answer_format="tool", llm_reasoning="low", llm_economy_model="e", llm_fallback_model="f")
    built = chains(found)
    main, fallback = built.of(AMBIENT)
    clients = [main.client, built.of(replace(AMBIENT, economy=True))[0].client, fallback.client]
    profiles = [client._profile for client in clients]
    assert [profile.formats for profile in profiles[:2]] == [("tool",), ("tool",)]
    assert [profile.fields(profile.preset.start) for profile in profiles[:2]] == [{"reasoning_effort": "low"}] * 2
    assert profiles[2].formats == LADDER
    assert profiles[2].fields(profiles[2].preset.start) == {}


@pytest.mark.parametrize("given", [{"llm_answer_format": "xml"}, {"llm_reasoning": "a bit"}])
def test_an_unknown_form_or_effort_is_refused_with_the_known_ones(given):
    with pytest.raises(ConfigError, match="auto"):
        settings(**given)
