"""What models were seen to take, in Postgres: shared by workers, merged, tried again after a day by one of them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.domain.providers.capabilities import Capabilities
from app.repositories.providers import capabilities
from app.services.providers.capabilities import StoredCapabilities

SERVER, MODEL = "http://gpu:8080/v1", "model-1"
TOOL = Capabilities(answer_format="tool")
NAMED = Capabilities(limit_name="max_tokens", thinking="seen", thinking_tokens=300)


@pytest.fixture
def store(sessions, clock):
    return StoredCapabilities(sessions, clock)


def test_nothing_is_known_of_a_new_model(store):
    assert store.read(SERVER, MODEL) is None


def test_what_one_worker_learned_another_reads(store):
    store.learn(SERVER, MODEL, TOOL, "json_schema is not supported", anew=True)
    found = store.read(SERVER, MODEL)
    assert (found.capabilities, found.reason, found.is_old) == (TOOL, "json_schema is not supported", False)
    assert store.read(SERVER, "model-2") is None


def test_what_two_workers_learned_is_merged_and_the_reason_stays(store):
    store.learn(SERVER, MODEL, TOOL, "refused", anew=True)
    store.learn(SERVER, MODEL, NAMED, "", anew=False)
    found = store.read(SERVER, MODEL)
    assert found.capabilities == Capabilities(
        answer_format="tool", limit_name="max_tokens", thinking="seen", thinking_tokens=300
    )
    assert found.reason == "refused"


def test_after_a_day_one_reader_of_all_tries_again_and_its_finding_replaces(store, clock):
    store.learn(SERVER, MODEL, TOOL, "refused", anew=True)
    clock.instant += dt.timedelta(days=1, seconds=1)
    assert [store.read(SERVER, MODEL).is_old for _ in range(3)] == [True, False, False]
    store.learn(SERVER, MODEL, Capabilities(), "", anew=True)
    found = store.read(SERVER, MODEL)
    assert (found.capabilities, found.reason) == (Capabilities(), "")


def test_facts_added_within_the_day_do_not_prolong_it(store, clock):
    store.learn(SERVER, MODEL, TOOL, "refused", anew=True)
    clock.instant += dt.timedelta(hours=23)
    store.learn(SERVER, MODEL, NAMED, "", anew=False)
    clock.instant += dt.timedelta(hours=1, seconds=1)
    assert store.read(SERVER, MODEL).is_old


def test_operators_see_all_of_it(store, sessions, clock):
    store.learn(SERVER, "b", TOOL, "refused", anew=True)
    store.learn(SERVER, "a", NAMED, "", anew=True)
    with sessions() as session:
        found = capabilities.list_all(session)
    assert [(one.model, one.capabilities, one.learned_at) for one in found] == [
        ("a", NAMED, clock.instant),
        ("b", TOOL, clock.instant),
    ]


def test_a_refusal_is_logged_with_the_servers_sentence(store):
    with capture_logs() as logs:
        store.learn(SERVER, MODEL, TOOL, "json_schema is not supported", anew=True)
        store.learn(SERVER, MODEL, TOOL, "", anew=False)
    assert [(line["event"], line["reason"]) for line in logs] == [("llm_form_refused", "json_schema is not supported")]


def test_without_the_database_nothing_is_known_and_nothing_breaks(clock):
    class Away:
        def begin(self):
            raise OperationalError("select", {}, Exception("connection refused"))

    store = StoredCapabilities(Away(), clock)
    assert store.read(SERVER, MODEL) is None
    store.learn(SERVER, MODEL, TOOL, "", anew=False)
