"""Every provider that the sandbox imitates answers, or after five failed requests at most all places say why."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.bootstrap import Runtime, build_runtime
from app.cli.doctor.answers import check_answers
from app.config import Settings
from app.services.lanes.generation import AMBIENT, generate
from app.services.providers.troubles import list_troubles
from sandbox.llm.limits import LimitPolicy
from sandbox.llm.providers import built_in
from tests.integration.llm_chain.conftest import BORN_LONG_AGO, Fleet
from tests.integration.sandbox_llm.conftest import INSTANT, RunningSandbox
from tests.web.conftest import Browser

PROMPTS = 6
ROUNDS = 60
MOST_FAILED = 5
ANSWERS_NOBODY = {"no-money", "no-money-deepseek", "usage-limit", "wrong-model", "wrong-key"}


@pytest.fixture(params=built_in())
def llm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, RunningSandbox]]:
    """A provider with the habits of a preset; their shares are drawn from a fixed seed."""
    preset = built_in()[request.param]
    sandbox = RunningSandbox(tmp_path, LimitPolicy(500, 200_000), INSTANT, provider=preset, rng=random.Random(7))
    yield request.param, sandbox
    sandbox.close()


@pytest.fixture
def worker(settings: Settings, runtime: Runtime, llm: tuple[str, RunningSandbox]) -> Iterator[Runtime]:
    """A worker's runtime beside the admin's."""
    fields = {"llm_url": f"{llm[1].url}/v1", "llm_max_in_flight": 12}
    built = build_runtime(settings.model_copy(update=fields))
    label = built.chains.listed.read().entries[0].label
    built.cache.hset(f"llm:window:{label}", "born", str(BORN_LONG_AGO))
    yield built
    built.close()


def failed(sandbox: RunningSandbox) -> int:
    return sum(event["status"] != 200 for event in sandbox.requests())


def work(worker: Runtime, fleet: Fleet, sandbox: RunningSandbox, enough: Callable[[], bool]) -> int:
    """Looks at the lane again and again, as time passes; returns the failed requests until it was `enough`."""
    label = worker.chains.listed.read().entries[0].label
    for _ in range(ROUNDS):
        if enough():
            break
        fleet.forget_waits()
        worker.cache.hdel(f"llm:window:{label}", "resting", "probed", "strikes", "learned:r", "learned:t")
        generate(worker.generation, AMBIENT)
    return failed(sandbox)


def test_it_answers_or_page_doctor_and_log_name_cause_and_cure(
    llm: tuple[str, RunningSandbox], worker: Runtime, operator: Browser, settings: Settings
) -> None:
    name, sandbox = llm
    fleet = Fleet(worker.sessions, worker.cache)
    fleet.plan(PROMPTS)

    with capture_logs() as logs:
        answered = name not in ANSWERS_NOBODY
        told = work(
            worker,
            fleet,
            sandbox,
            lambda: "planned" not in fleet.states if answered else bool(list_troubles(worker.sessions, worker.clock)),
        )

    if answered:
        assert fleet.states == ["ready"] * PROMPTS
        assert failed(sandbox) <= MOST_FAILED
        return
    assert told <= MOST_FAILED
    [trouble] = list_troubles(worker.sessions, worker.clock)
    page = operator.get("/").text
    assert all(words in page for words in (trouble.what.partition(" (")[0], trouble.cure))
    [check] = check_answers(settings)
    assert (check.status, check.fix) == ("fail", trouble.cure)
    [line] = [line for line in logs if line["event"] == "provider_failing"]
    assert trouble.cure in line["error"]
