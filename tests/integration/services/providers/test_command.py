"""`chorus providers`: the list and its tests."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.bootstrap import build_runtime
from app.cli import providers as commands
from app.domain.errors import NotFound
from app.domain.providers.entry import ProviderEntry
from app.models import LLMRequest
from app.services.providers import editing
from tests.integration.adapters.habits import answer, refuse
from tests.integration.adapters.scripted import running_server


@pytest.fixture
def server():
    with running_server() as scripted:
        scripted.decide = answer
        yield scripted


@pytest.fixture(autouse=True)
def runtime(settings, committed_db, cache, server, monkeypatch):
    """The installation that the commands open; its provider is the scripted server."""
    built = build_runtime(settings.model_copy(update={"llm_url": f"{server.url}/v1"}))

    @contextmanager
    def opened():
        yield built

    monkeypatch.setattr(commands, "open_runtime", opened)
    yield built
    built.close()


def run(*words):
    return CliRunner().invoke(commands.providers, words, standalone_mode=False)


def test_the_list_tells_state_purposes_and_limits(runtime):
    editing.add(runtime.provider_edits, ProviderEntry("office", "qwen3", economy=True), None, "ada")
    said = run("list").output
    assert "openai:gpt-4o-mini new · for everything · last minute 0 of 500 requests, 0 of 200,000 tokens" in said
    assert "office:qwen3 new · for everything while a budget runs out" in said


def test_the_list_as_json_holds_no_key(runtime):
    said = run("list", "--json").output
    told = json.loads(said)
    assert (told["source"], told["items"][0]["has_key"]) == ("environment", True)
    assert "sk-test" not in said


def test_a_test_makes_one_request_a_provider_and_is_counted(runtime, server):
    result = run("test")
    assert result.return_value == 0
    assert "openai:gpt-4o-mini works" in result.output
    assert "“héllo”" in result.output
    assert len(server.requests) == 1
    with runtime.sessions() as session:
        assert [row.lane for row in session.scalars(select(LLMRequest))] == ["check"]
    assert "openai:gpt-4o-mini ready" in run("list").output


def test_a_test_that_fails_says_why_ends_with_1_and_shows_in_the_list(server):
    server.decide = lambda body: refuse(401, "Incorrect API key", code="invalid_api_key")
    result = run("test", "openai")
    assert result.return_value == 1
    assert "openai:gpt-4o-mini fails" in result.output
    assert "Incorrect API key" in result.output
    listed = run("list").output
    assert "openai:gpt-4o-mini failing" in listed
    assert "To do: enter a key that it accepts" in listed


def test_a_test_as_json_tells_the_same(server):
    [told] = json.loads(run("test", "openai:gpt-4o-mini", "--json").output)
    assert (told["provider"], told["works"], told["said"]) == ("openai:gpt-4o-mini", True, "héllo")


def test_one_that_is_off_is_tested_by_name_only(runtime, server):
    editing.add(runtime.provider_edits, ProviderEntry("off", "m", url=f"{server.url}/v1", enabled=False), None, "ada")
    assert "off:m" not in run("test").output
    assert "off:m works" in run("test", "off").output


def test_what_is_not_listed_is_not_found():
    assert isinstance(run("test", "nobody").exception, NotFound)
