"""What the doctor says of the models, after one real request to each over real HTTP."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.cli import up
from app.cli.doctor.models import check_models
from app.db import create_session_factory
from app.models import LLMRequest
from tests.builders import fetch

KEY, REFUSED = SecretStr("sk-good"), SecretStr("invalid")


@pytest.fixture
def look(settings, committed_db):
    """The findings about providers that these settings name."""

    def examine(spend=True, **changes):
        fresh = {"llm_url": None, "openai_api_key": None, "llm_fallback_model": None, "llm_timeout_s": 5.0, **changes}
        return list(check_models(settings.model_copy(update=fresh), spend=spend))

    return examine


@pytest.fixture
def ledger(committed_db):
    """The requests that were written down: model, lane, outcome, fault."""

    def read():
        rows = fetch(create_session_factory(committed_db), select(LLMRequest).order_by(LLMRequest.id))
        return [(row.model, row.lane, row.outcome, row.fault) for row in rows]

    return read


def test_each_provider_answers_one_real_request_that_is_counted(first, second, look, ledger):
    found = look(
        llm_url=f"{first.url}/v1",
        openai_api_key=KEY,
        llm_economy_model="small-1",
        llm_fallback_url=second.url,
        llm_fallback_provider="groq",
        llm_fallback_model="llama-1",
        llm_fallback_api_key=KEY,
    )
    assert [(one.name, one.status) for one in found] == [("model", "pass")] * 3
    for one, label in zip(found, ("openai:gpt-4o-mini", "openai:small-1", "groq:llama-1"), strict=True):
        assert one.detail.startswith(f"{label} at http://127.0.0.1")
        assert "tokens, $" in one.detail
    assert (len(first.requests()), len(second.requests())) == (2, 1)
    assert ledger() == [(model, "check", "answered", None) for model in ("gpt-4o-mini", "small-1", "llama-1")]


def test_without_a_key_and_without_a_fallback_nothing_is_asked(look, ledger):
    found = look()
    assert [(one.name, one.status) for one in found] == [("model", "skipped"), ("fallback model", "skipped")]
    assert ledger() == []


@pytest.mark.parametrize(
    ("changes", "fault", "words", "cure"),
    [
        ({"openai_api_key": REFUSED}, "key", "refuses the key", "key"),
        ({"llm_url": "http://127.0.0.1:1/v1"}, "unreachable", "", "server"),
        ({"path": "/v2"}, "model", "", "model"),
    ],
    ids=["key refused", "nobody there", "wrong path"],
)
def test_a_provider_that_cannot_be_used_is_told_with_a_cure_and_without_its_key(
    first, look, ledger, changes, fault, words, cure
):
    given = {"llm_url": f"{first.url}{changes.get('path', '/v1')}", "openai_api_key": KEY}
    given |= {name: value for name, value in changes.items() if name != "path"}
    [found, _] = look(**given)
    assert (found.name, found.status) == ("model", "fail")
    assert words in found.detail
    assert cure in found.fix.lower()
    assert "invalid" not in found.detail.replace("invalid_api_key", "")
    [(_, _, _, counted)] = ledger()
    assert counted == fault


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "pass"),
        ({"openai_api_key": REFUSED}, "fail"),
        ({"llm_url": "http://127.0.0.1:1/v1"}, "fail"),
        ({"path": "/v2"}, "warn"),
    ],
    ids=["all well", "key refused", "nobody there", "wrong path"],
)
def test_without_spending_the_server_and_its_key_are_looked_at_only(first, look, ledger, changes, status):
    given = {"llm_url": f"{first.url}{changes.get('path', '/v1')}", "openai_api_key": KEY}
    given |= {name: value for name, value in changes.items() if name != "path"}
    [found, _] = look(spend=False, **given)
    assert (found.name, found.status) == ("model", status)
    assert "invalid" not in found.detail
    assert ledger() == []
    assert first.requests() == []


def test_a_start_tells_which_models_answer_and_what_to_do_about_the_others(first, settings, committed_db, capsys):
    given = {"llm_url": f"{first.url}/v1", "openai_api_key": KEY, "llm_fallback_model": "spare", "llm_timeout_s": 5.0}
    given |= {"llm_fallback_url": f"{first.url}/v1", "llm_fallback_api_key": REFUSED}
    up.try_models(settings.model_copy(update=given))
    well, broken, cure = capsys.readouterr().out.strip().splitlines()
    assert "openai:gpt-4o-mini at" in well
    assert broken.strip().startswith("Warning")
    assert "openai:spare" in broken
    assert "To do: " in cure
