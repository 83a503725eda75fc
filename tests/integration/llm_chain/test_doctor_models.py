"""What the doctor says of the models, asked over real HTTP."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from app.cli.doctor.models import check_models

KEY, REFUSED = SecretStr("sk-good"), SecretStr("invalid")


def look(settings, **changes):
    fresh = {"llm_url": None, "openai_api_key": None, "llm_fallback_model": None, **changes}
    return [(check.name, check.status, check.detail) for check in check_models(settings.model_copy(update=fresh))]


def test_both_providers_answer_and_their_models_are_named(first, second, settings):
    found = look(
        settings,
        llm_url=f"{first.url}/v1",
        openai_api_key=KEY,
        llm_economy_model="small-1",
        llm_fallback_url=second.url,
        llm_fallback_provider="groq",
        llm_fallback_model="llama-1",
        llm_fallback_api_key=KEY,
    )
    assert [(name, status) for name, status, _ in found] == [("model", "pass"), ("fallback model", "pass")]
    assert "small-1" in found[0][2]
    assert "llama-1" in found[1][2]


def test_without_a_key_and_without_a_fallback_nothing_is_asked(settings):
    assert [status for _, status, _ in look(settings)] == ["skipped", "skipped"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"openai_api_key": REFUSED}, "fail"), ({"llm_url": "http://127.0.0.1:1/v1"}, "fail"), ({"path": "/v2"}, "warn")],
    ids=["key refused", "nobody there", "wrong path"],
)
def test_a_provider_that_cannot_be_used_is_told_without_its_key(first, settings, changes, status):
    given = {"llm_url": f"{first.url}{changes.get('path', '/v1')}", "openai_api_key": KEY}
    given |= {name: value for name, value in changes.items() if name != "path"}
    [(name, found, detail), _] = look(settings, **given)
    assert (name, found) == ("model", status)
    assert "invalid" not in detail
