"""A provider that fails, is gone or hangs: the next one answers, the breaker is shared, and no prompt is lost.

Two real workers over real Postgres and Redis. `OUTAGE_S=60` in the environment makes outages last a minute at least.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import click
import pytest
import redis
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from app.adapters.redis.breaker import RESET_S
from app.bootstrap import build_runtime
from app.cli.stack.ports import find_free
from app.cli.stack.workers import describe_node
from app.config import Settings
from app.services.lanes.generation import AMBIENT, INTERACTIVE
from app.services.settings.values import write_settings
from tests.faults.providers import FIRST, SECOND, Provider, Scene, WorkerLog
from tests.servers import running
from tests.waiting import stretched, wait_until

LEAST_OUTAGE_S = float(os.environ.get("OUTAGE_S", "0"))
LLM_TIMEOUT_S = stretched(3.0)
PROMISED_S = stretched(2.0)
PATIENCE_S = 10
SLOW_MACHINE_S = 30.0
WHOLE_S = 1.5
"""The moment at which a breaker opened is kept in whole seconds, and told a little after it."""

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("providers"), pytest.mark.timeout(180 + LEAST_OUTAGE_S)]


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    """Where the providers are to be found, in the order of the chain."""
    return find_free(), find_free()


@pytest.fixture(scope="module")
def workers(
    database_url: str, broker_url: str, redis_url: str, ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WorkerLog, ...]]:
    """Two worker processes as `chorus worker generation` starts them."""
    variables = {
        "PYTHONPATH": os.getcwd(),
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "CACHE_URL": redis_url,
        "SECRET_KEY": "test-" + "k" * 40,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "LLM_URL": f"http://127.0.0.1:{ports[0]}/v1",
        "LLM_MODEL": FIRST,
        "LLM_FALLBACK_URL": f"http://127.0.0.1:{ports[1]}/v1",
        "LLM_FALLBACK_MODEL": SECOND,
        "OPENAI_API_KEY": "sk-first",
        "LLM_FALLBACK_API_KEY": "sk-second",
        "LLM_TIMEOUT_S": str(LLM_TIMEOUT_S),
        "LLM_MAX_IN_FLIGHT": "12",
        "SHARDS": "1",
        "LOG_FORMAT": "json",
    }
    variables |= {f"LLM_{which}RPM": "100000" for which in ("", "FALLBACK_")}
    variables |= {f"LLM_{which}TPM": "100000000" for which in ("", "FALLBACK_")}
    folder = tmp_path_factory.mktemp("workers")
    with redis.Redis.from_url(broker_url) as broker, ExitStack() as stack:
        broker.flushall()
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        logs = []
        for number in range(2):
            node = describe_node("generation", shards=1, number=number)
            for name, value in {**variables, **node.environment}.items():
                patch.setenv(name, value)
            log = WorkerLog(folder / f"{node.label}.log")
            stack.enter_context(running(node.argv, log.path, ready=log.tells_ready, stop=signal.SIGKILL))
            logs.append(log)
        patch.undo()
        yield tuple(logs)
    with redis.Redis.from_url(broker_url) as broker:
        broker.flushall()


@pytest.fixture
def scene(
    settings: Settings,
    workers: tuple[WorkerLog, ...],
    ports: tuple[int, int],
    committed_db: Engine,
    cache: redis.Redis,
    tmp_path: Path,
) -> Iterator[Scene]:
    """Both workers have been answered by the first provider."""
    runtime = build_runtime(settings)
    first, second = (Provider(model, port, tmp_path) for model, port in zip((FIRST, SECOND), ports, strict=True))
    scene = Scene(runtime, cache, first, second, workers)
    try:
        scene.begin()
        scene.talk_until_both_workers_used(first)
        scene.settle()
        yield scene
    finally:
        first.stop()
        second.stop()
        runtime.engine.dispose()
        runtime.cache.close()
        runtime.celery.close()


def fail(provider: Provider) -> Callable[[], None]:
    """Answers 500 from now on; returns how that ends."""
    provider.fault("status_500")
    return provider.heal


def vanish(provider: Provider) -> Callable[[], None]:
    """Refuses connections from now on; returns how that ends."""
    provider.stop()
    return provider.start


def assert_nothing_lost_or_doubled(scene: Scene) -> None:
    """Every utterance has one text or a reason to have none, and no blame for its provider.

    A provider may answer a second time only where a worker had given the first answer up or refused its text. On a busy
    machine an answer may take longer than `LLM_TIMEOUT_S` to be written and read.
    """
    utterances = scene.utterances
    assert utterances.keys() == scene.planned.keys()
    assert {one.state for one in utterances.values()} <= {"ready", "discarded"}
    assert all(one.reason for one in utterances.values() if one.state == "discarded")
    assert {one.attempts for one in utterances.values()} == {0}
    assert {key: count for key, count in scene.text_counts.items() if count > 1} == {}
    counts = scene.answer_counts
    again = {key: count for key, count in counts.items() if count > 1}
    given_up, rewritten = scene.count_given_up(LLM_TIMEOUT_S), scene.count_rewritten()
    words = f"answered again: {again}, given up: {given_up}, rewritten: {rewritten}"
    assert counts.total() - len(counts) <= given_up + rewritten, words
    assert {key for key, one in utterances.items() if one.state == "ready"} <= counts.keys()


def count_within(stretch: tuple[float, float], moments: Iterable[float]) -> int:
    """How many moments lie between the first and the second one of `stretch`."""
    return sum(stretch[0] < at < stretch[1] for at in moments)


def tell_waits(scene: Scene, name: str, since: float, until: float) -> tuple[float, float]:
    """Prints how long what was planned in a stretch of time waited for the fallback; 95th percentile and longest, in s.

    A wait ends with the arrival of the request there.
    """
    arrivals = scene.second.arrivals
    waits = sorted(arrivals[key] - at for key, at in scene.planned.items() if since <= at < until and key in arrivals)
    p95 = waits[round(0.95 * (len(waits) - 1))]
    click.echo(f"\n{name}: {len(waits)} prompts at the fallback after p95 {p95:.2f} s, longest {waits[-1]:.2f} s")
    return p95, waits[-1]


@pytest.mark.parametrize(("begin_outage", "outage_s"), [(fail, 15), (vanish, 8)], ids=["fails", "is gone"])
def test_all_workers_leave_a_provider_alone_that_fails_and_use_it_again_by_themselves(scene, begin_outage, outage_s):
    outage_s = max(outage_s, LEAST_OUTAGE_S)
    began = time.time()
    end_outage = begin_outage(scene.first)
    hit = scene.plan(INTERACTIVE)
    scene.talk_until(lambda: scene.breaker == "open", within_s=SLOW_MACHINE_S, what="the breaker to open")
    scene.talk_until(lambda: time.time() > began + outage_s, within_s=outage_s + SLOW_MACHINE_S, what="the outage")
    end_outage()
    ended = time.time()
    scene.talk_until(lambda: scene.breaker == "closed", within_s=RESET_S + SLOW_MACHINE_S, what="the breaker to close")
    scene.talk_until_both_workers_used(scene.first)
    scene.settle()

    changes = scene.breaker_changes(began)
    states = [state for _, state in changes]
    trials = states.count("half-open")
    assert states == ["open", "half-open"] * trials + ["closed"]
    pauses = [after - at for (at, state), (after, _) in pairwise(changes) if state == "open"]
    assert min(pauses) > RESET_S - WHOLE_S
    resting = (changes[0][0] + LLM_TIMEOUT_S, changes[-2][0] - 1)
    assert count_within(resting, scene.attempts(FIRST)) == trials - 1
    if begin_outage is fail:
        assert count_within(resting, scene.first.request_times) == trials - 1
    assert all(scene.count_generated(worker, scene.second, *resting) for worker in scene.workers)

    name = f"{begin_outage.__name__} for {outage_s:g} s"
    arrived_p95, _ = tell_waits(scene, name, began, ended)
    click.echo(f"{name}: breaker {[(round(at - began, 1), state) for at, state in changes]}")
    assert scene.second.arrivals[hit] - scene.planned[hit] <= PROMISED_S
    assert arrived_p95 <= PROMISED_S
    assert_nothing_lost_or_doubled(scene)


def test_a_provider_that_hangs_costs_a_prompt_its_timeout_and_no_more_once_the_breaker_is_open(scene):
    began = time.time()
    scene.first.fault("timeout")
    hit = scene.plan(INTERACTIVE)
    scene.talk_until(lambda: scene.breaker == "open", within_s=SLOW_MACHINE_S, what="the breaker to open")
    opened = time.time()
    hung = opened + LLM_TIMEOUT_S
    scene.talk_until(lambda: time.time() > hung + 2, within_s=SLOW_MACHINE_S, what="requests from before to end")
    ended = time.time()
    scene.first.heal()
    scene.settle()

    _, longest = tell_waits(scene, f"hang, timeout {LLM_TIMEOUT_S:g} s, until the breaker opened", began, opened)
    rested_p95, _ = tell_waits(scene, "hang, while the breaker is open", hung, ended)
    hanging = count_within((began, opened), scene.attempts(FIRST))
    click.echo(f"hang: breaker open after {opened - began:.1f} s and {hanging} requests")
    assert scene.second.arrivals[hit] - scene.planned[hit] <= longest <= LLM_TIMEOUT_S + PROMISED_S
    assert rested_p95 <= PROMISED_S
    assert_nothing_lost_or_doubled(scene)


def test_with_every_provider_down_unasked_prompts_wait_and_answers_nobody_waits_for_end(scene):
    write_settings(scene.runtime.sessions, {"mention_patience_s": PATIENCE_S}, "test", scene.runtime.clock)
    scene.runtime.fleet_settings.forget()
    scene.first.stop()
    scene.second.stop()
    ambient = [scene.plan(AMBIENT) for _ in range(6)]
    interactive = [scene.plan(INTERACTIVE) for _ in range(4)]

    def ended() -> bool:
        utterances = scene.utterances
        return all(utterances[key].state == "discarded" for key in interactive)

    scene.tend_until(ended, within_s=PATIENCE_S + SLOW_MACHINE_S, what="the answers nobody waits for to end")
    utterances = scene.utterances
    assert {utterances[key].reason for key in interactive} == {"stale"}
    assert scene.attempts(FIRST)
    assert scene.attempts(SECOND)
    waited = [(utterances[key].finished_at - utterances[key].planned_at).total_seconds() for key in interactive]
    assert min(waited) >= PATIENCE_S
    wait_until(lambda: {scene.utterances[key].state for key in ambient} == {"planned"}, within_s=10, what="all to wait")

    scene.second.start()
    back = time.time()
    scene.settle()
    written = scene.utterances
    assert {written[key].state for key in ambient} == {"ready"}
    assert {written[key].attempts for key in ambient} == {0}
    assert not scene.answer_counts.keys() & set(interactive)
    last = max(scene.second.answers[key] for key in ambient) - back
    click.echo(f"\nall down: answers ended {max(waited):.1f} s after their plan, the rest {last:.1f} s after that")
    assert_nothing_lost_or_doubled(scene)
