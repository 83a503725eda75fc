"""The providers section: the list, its forms, who may change it, and what never leaves it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from app.adapters.vault import FernetVault
from app.bootstrap import Runtime
from app.domain.providers.capabilities import Capabilities
from app.models import LLMCapability, LLMRequest
from app.services.providers import editing
from app.services.providers.editing import Stored
from tests.builders import add
from tests.integration.adapters.habits import answer, refuse
from tests.integration.adapters.scripted import ScriptedServer, running_server
from tests.web.conftest import Browser

KEY = "sk-hush-hush"
HOSTILE = "<script>alert(1)</script>"
OFFICE = {
    **{"name": "office", "model": "qwen3", "sdk": "openai", "url": "http://127.0.0.1:9/v1", "key": KEY},
    **{"requests_per_minute": "60", "tokens_per_minute": "50000", "requests_per_day": "900", "tokens_per_day": ""},
    **{"purposes": ["ambient", "bulk"], "economy": "y", "max_in_flight": "", "answer_format": "auto"},
    **{"reasoning": "none", "price_prompt": "0.1", "price_cached": "", "price_answer": "0,4"},
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as scripted:
        yield scripted


def add_office(operator: Browser, runtime: Runtime, **changes: object) -> int:
    """Adds the office's server on the form; returns its id."""
    page = operator.submit("/providers/new", **{**OFFICE, **changes})
    assert page.status_code == 302, page.text
    return editing.list_stored(runtime.sessions)[-1].entry.id


def request_of(runtime: Runtime, **columns: object) -> None:
    """Writes a request of this moment to the environment's provider into the ledger."""
    now = runtime.clock.now()
    usual = {"lane": "chat.ambient", "provider": "openai", "model": "gpt-4o-mini", "prompts": 1, "lease_until": now}
    add(runtime.sessions, LLMRequest(**{**usual, "outcome": "answered", "answered": 1, "created_at": now, **columns}))


def test_the_environments_list_is_shown_and_adopted_with_its_keys(operator: Browser, runtime: Runtime) -> None:
    page = operator.get("/providers/").text
    assert "This list comes from the environment" in page
    assert "gpt-4o-mini" in page
    assert "Remove…" not in page
    assert "New provider" not in page

    operator.submit("/providers/adopt", "/providers/")
    page = operator.get("/providers/").text
    assert "This list comes from the environment" not in page
    assert "Back to the environment" in page
    assert [one.key for one in runtime.chains.listed.read().providers] == ["sk-test"]

    operator.submit("/providers/environment", "/providers/")
    assert "This list comes from the environment" in operator.get("/providers/").text
    assert list(editing.list_stored(runtime.sessions)) == []


def test_a_provider_is_added_changed_moved_switched_and_removed(operator: Browser, runtime: Runtime) -> None:
    number = add_office(operator, runtime)
    page = operator.get("/providers/").text
    assert "office:qwen3 is added" in page
    assert "messages that nobody asked for, digests and insights" in page
    assert "while a budget runs out" in page
    assert "$0.10 · $0.10 · $0.40" in page
    assert "Own price" in page

    form = f"/providers/{number}/edit"
    answer = operator.submit(form, **{**OFFICE, "key": "", "version": "1", "requests_per_minute": "70"})
    assert answer.status_code == 302
    entry = editing.list_stored(runtime.sessions)[-1].entry
    assert (entry.requests_per_minute, entry.version, entry.tokens_per_day) == (70, 2, 0)
    assert runtime.chains.listed.read().providers[-1].key == KEY, "an empty field keeps the key"

    for act, seen in (("up", ["office", "openai"]), ("down", ["openai", "office"])):
        operator.submit(f"/providers/{number}/{act}", "/providers/")
        assert [one.entry.name for one in editing.list_stored(runtime.sessions)] == seen
    operator.submit(f"/providers/{number}/off", "/providers/")
    assert "Turned off: it is not asked." in operator.get("/providers/").text
    operator.submit(f"/providers/{number}/on", "/providers/")
    assert "Turned off" not in operator.get("/providers/").text
    operator.submit(f"/providers/{number}/remove", "/providers/")
    assert "office" not in [one.entry.name for one in editing.list_stored(runtime.sessions)]
    assert operator.get(form).status_code == 404


def test_a_key_is_replaced_and_removed_by_choice_only(operator: Browser, runtime: Runtime) -> None:
    form = f"/providers/{add_office(operator, runtime)}/edit"
    operator.submit(form, **{**OFFICE, "key": "sk-new", "version": "1"})
    assert runtime.chains.listed.read().providers[-1].key == "sk-new"
    both = operator.submit(form, **{**OFFICE, "key": "sk-x", "no_key": "y", "version": "2"})
    assert (both.status_code, "leave one of both" in both.text) == (400, True)
    operator.submit(form, **{**OFFICE, "key": "", "no_key": "y", "version": "2"})
    assert runtime.chains.listed.read().providers[-1].key is None
    assert "None is stored." in operator.get(form).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "My Office"}, "Name must be 1 to 40 of a-z"),
        ({"model": " "}, "must be the model&#39;s name"),
        ({"url": "gpu:8080"}, "URL must be the base URL"),
        ({"sdk": "anthropic"}, "SDK must be one of openai, groq"),
        ({"key": "sk hush"}, "Key must be printable ASCII"),
        ({"requests_per_minute": ""}, "Requests a minute must be a whole number"),
        ({"requests_per_minute": "1e3"}, "Requests a minute must be a whole number"),
        ({"tokens_per_minute": "9" * 5000}, "Tokens a minute must be a whole number"),
        ({"tokens_per_minute": "٥٠٠٠"}, "Tokens a minute must be a whole number"),
        ({"tokens_per_day": "9" * 18}, "Tokens a day must be 0 to 1,000,000,000,000"),
        ({"max_in_flight": "99"}, "Most requests in flight must be 0 to 12"),
        ({"purposes": []}, "What it is for must be one or more of"),
        ({"purposes": ["embeddings"]}, "What it is for must be one or more of"),
        ({"price_prompt": "nan"}, "Prompt must be US dollars"),
        ({"price_answer": "99999"}, "Answer must be US dollars"),
        ({"price_answer": ""}, "Answer must be given, too"),
        ({"answer_format": "xml"}, "Answers are asked for by must be one of"),
        ({"reasoning": "a bit"}, "Thinking before an answer must be one of"),
        ({"name": "openai", "model": "gpt-4o-mini"}, "openai:gpt-4o-mini is listed already"),
    ],
)
def test_what_cannot_be_used_says_why_beside_its_field_and_keeps_what_was_typed(
    operator: Browser, runtime: Runtime, changes: dict[str, object], words: str
) -> None:
    page = operator.submit("/providers/new", **{**OFFICE, **changes})
    assert page.status_code == 400
    assert words in page.text
    assert 'value="900"' in page.text
    assert "hush" not in page.text
    for name, typed in changes.items():
        if isinstance(typed, str) and name not in ("key", "sdk", "answer_format", "reasoning") and typed.strip():
            assert f'value="{typed}"' in page.text
    assert list(editing.list_stored(runtime.sessions)) == []


def test_a_text_that_cannot_be_stored_is_refused(operator: Browser, runtime: Runtime) -> None:
    assert operator.submit("/providers/new", **{**OFFICE, "model": "qw\0en"}).status_code == 400
    assert list(editing.list_stored(runtime.sessions)) == []


def test_who_comes_second_is_told_so_with_what_they_typed(operator: Browser, runtime: Runtime) -> None:
    form = f"/providers/{add_office(operator, runtime)}/edit"
    entry = editing.list_stored(runtime.sessions)[-1].entry
    editing.change(runtime.provider_edits, replace(entry, requests_per_minute=61), Stored.KEY, "grace")
    page = operator.submit(form, **{**OFFICE, "key": KEY, "version": "1", "requests_per_minute": "77"})
    assert page.status_code == 409
    assert "office:qwen3 was changed by grace at" in page.text
    assert "Load it again" in page.text
    assert 'value="77"' in page.text
    assert KEY not in page.text
    assert editing.list_stored(runtime.sessions)[-1].entry.requests_per_minute == 61
    assert operator.submit(form, **{**OFFICE, "version": "x"}).status_code == 409


def test_a_stored_key_is_not_sent_to_another_address(operator: Browser, runtime: Runtime) -> None:
    form = f"/providers/{add_office(operator, runtime)}/edit"
    page = operator.submit(form, **{**OFFICE, "key": "", "version": "1", "url": "http://elsewhere/v1"})
    assert page.status_code == 400
    assert "Key must be entered again for another address" in page.text


@pytest.mark.parametrize("act", ["off", "remove"])
def test_the_last_one_for_a_purpose_stays_and_the_page_says_why(operator: Browser, runtime: Runtime, act: str) -> None:
    [main] = editing.adopt(runtime.provider_edits, "ada")
    operator.submit(f"/providers/{main.entry.id}/{act}", "/providers/")
    assert "Nothing was changed: nobody would be left for answers to people" in operator.get("/providers/").text
    assert [one.entry for one in editing.list_stored(runtime.sessions)] == [main.entry]


def test_a_failing_provider_says_since_when_why_and_what_to_do(operator: Browser, runtime: Runtime) -> None:
    for _ in range(3):
        request_of(runtime, answered=0, outcome="rejected", fault="key", sentence=HOSTILE)
    page = operator.get("/providers/").text
    assert 'provider-failing">failing' in page
    assert "openai refuses the key (gpt-4o-mini), since" in page
    assert "enter a key that it accepts, on the Providers page" in page
    assert "Last failures" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_card_tells_speed_use_cost_and_what_the_model_takes(operator: Browser, runtime: Runtime) -> None:
    request_of(runtime, tokens_in=4000, tokens_out=500, latency_ms=2500, cost_micros=310_000)
    facts = Capabilities(answer_format="tool", streams=False, thinking="seen", thinking_tokens=1200).to_json()
    learned_at = runtime.clock.now() - dt.timedelta(hours=2)
    server = str(runtime.settings.llm_url)
    known = LLMCapability(server=server, model="gpt-4o-mini", facts=facts, reason=HOSTILE, learned_at=learned_at)
    add(runtime.sessions, known)
    page = operator.get("/providers/").text
    for told in ("2.5 s", "200 tokens/s", "4.5k", "$0.31", "answers by a function to call", "does not stream"):
        assert told in page
    assert "thinks first, for some 1,200 tokens" in page
    assert "For</b> everything" in page
    assert HOSTILE not in page


def test_a_key_that_nothing_opens_is_told(operator: Browser, runtime: Runtime) -> None:
    editing.adopt(runtime.provider_edits, "ada")
    runtime.vault = FernetVault(Fernet.generate_key().decode())
    assert "No key of <code>ENCRYPTION_KEYS</code> opens the stored key" in operator.get("/providers/").text


def test_the_test_shows_what_came_of_each_form_and_what_it_cost(
    operator: Browser, runtime: Runtime, server: ScriptedServer
) -> None:
    add_office(operator, runtime, url=f"{server.url}/v1")
    server.decide = lambda body: refuse(400, HOSTILE) if "tools" in body else answer(body)
    page = operator.submit("/providers/test", "/providers/", name="office", model="qwen3")
    assert page.status_code == 200
    assert "It answers in 3 of 4 forms" in page.text
    assert "héllo" in page.text
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text
    assert KEY not in page.text
    assert "It cost $0.000024 in all." in page.text
    shown = operator.get("/providers/").text
    assert 'provider-failing">' not in shown, "a form that is not known is no failure of the provider"
    assert ">0 failed" in shown
    assert "1 failed" not in shown


def test_a_provider_of_the_environment_is_tested_too(operator: Browser, runtime: Runtime) -> None:
    page = operator.submit("/providers/test", "/providers/", name="openai", model="gpt-4o-mini")
    assert page.status_code == 200
    assert "It answers in no form." in page.text
    assert operator.submit("/providers/test", "/providers/", name="openai", model="x").status_code == 404


def test_a_viewer_sees_the_list_without_buttons_and_changes_nothing(
    browser: Browser, make_operator, runtime: Runtime
) -> None:
    editing.adopt(runtime.provider_edits, "ada")
    make_operator("vera", "viewer")
    browser.sign_in("vera")
    page = browser.get("/providers/").text
    main = page[page.index("<main") :]
    main = main[: main.index("</main>")]
    assert "gpt-4o-mini" in main
    assert "has a key" in main
    assert "<form" not in main
    assert not re.search("sk-|Test|Edit|Remove", main)
    token = browser.token("/password")
    for path in ("/providers/adopt", "/providers/environment", "/providers/test", "/providers/new", "/providers/1/off"):
        assert browser.client.post(path, data={"csrf_token": token}).status_code == 403
    assert len(editing.list_stored(runtime.sessions)) == 1


def test_no_key_is_on_any_page_or_in_the_log(
    operator: Browser, runtime: Runtime, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    number = add_office(operator, runtime)
    pages = [operator.get(path).text for path in ("/providers/", f"/providers/{number}/edit", "/api/v1/providers", "/")]
    pages.append(operator.submit(f"/providers/{number}/edit", **{**OFFICE, "model": " "}).text)
    pages.append(operator.submit("/providers/test", "/providers/", name="office", model="qwen3").text)
    said = capfd.readouterr()
    stored = editing.list_stored(runtime.sessions)[-1].key_encrypted
    for text in (*pages, said.out, said.err, caplog.text):
        assert KEY not in text
        assert "sk-test" not in text
        assert str(stored) not in text


def test_an_address_of_the_environment_is_shown_without_what_is_secret(operator: Browser, runtime: Runtime) -> None:
    secret = {"llm_url": "http://me:hidden@127.0.0.1:9/v1?key=hidden"}
    runtime.settings = runtime.settings.model_copy(update=secret)
    for path in ("/providers/", "/api/v1/providers"):
        page = operator.get(path).text
        assert "http://127.0.0.1:9/v1" in page
        assert "hidden@" not in page
        assert "key=hidden" not in page
