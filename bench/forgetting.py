"""Latency of a thousand people's updates while the /forgetme of one of them is processed."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.adapters.clock import SystemClock
from app.adapters.redis.answers import RedisAnswerCache
from app.adapters.redis.signals import RedisEventStream
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.services.ingest.inbox import IngestPorts, ingest, store_delivered
from app.services.people.forgetting import ForgetPorts, forget
from app.services.settings.values import SettingsReader
from app.services.work.batches import BatchPorts
from bench.figures import Figure, Target
from bench.history import PEOPLE, fill_talk
from bench.journal import percentile
from bench.rig import Rig
from bench.statements import LONGEST_S, Statements
from tests.builders import make_update

INGEST_S = 0.2
SETTLE_S = 1.0
CALM_S = 10.0
GAP_S = 0.02
OWN = 20_000
PERSON = 100_001


@dataclass
class Forgetting:
    """A /forgetme request, and the latency of each update from its storing until it is processed."""

    sessions: SessionFactory
    ports: IngestPorts
    job: ForgetPorts
    took_s: float = 0.0

    def run(self) -> None:
        """Processes the request, as a nudged worker does."""
        began = time.perf_counter()
        while self._open():
            forget(self.job)
            time.sleep(0.1)
        self.took_s = time.perf_counter() - began

    def _open(self) -> bool:
        with self.job.batches.sessions() as session:
            return bool(session.scalar(text("select count(*) from forget_requests where done_at is null")))

    def hear(self, bot_id: int, update: dict[str, object]) -> float:
        """Stores and processes an update; returns the seconds that took."""
        began = time.perf_counter()
        store_delivered(self.sessions, self.ports.clock, bot_id, update)
        ingest(self.ports)
        return time.perf_counter() - began


def measure_forgetting(rig: Rig, rows: int) -> list[Figure]:
    """Measures updates before and during the /forgetme of one of a thousand people who all keep writing."""
    rig.empty()
    sessions = create_session_factory(rig.engine)
    own = min(OWN, rows // 100)
    places = fill_talk(rig.engine, sessions, rows, own)
    statements = Statements(create_db_engine(rig.environment["DATABASE_URL"]))
    clock, cache = SystemClock(), rig.redis[1]
    ports = IngestPorts(sessions, SettingsReader(sessions), rig.queue, RedisEventStream(cache), clock)
    batches = BatchPorts(create_session_factory(statements.engine))
    forgetting = Forgetting(sessions, ports, ForgetPorts(batches, RedisAnswerCache(cache), rig.queue, clock))
    numbers = itertools.count(10_000_000)

    def say(words: str, person: int) -> float:
        number = next(numbers)
        bot, chat = places[number % len(places)]
        sender = {"id": person, "first_name": f"Person {person - PERSON + 1}"}
        sent = {"from": sender, "date": int(clock.now().timestamp())}
        return forgetting.hear(bot.id, make_update(number, chat, number, words, **sent))

    def talk(until: float, thread: threading.Thread | None = None) -> list[float]:
        waits = []
        while time.monotonic() < until or (thread and thread.is_alive()):
            waits.append(say("and what do you make of that?", PERSON + 1 + len(waits) % (PEOPLE - 1)))
            time.sleep(GAP_S)
        return waits

    rig.queue.nudge_delivery()  # the first nudge of a process opens its connection to the broker
    talk(time.monotonic() + SETTLE_S)
    before = sorted(talk(time.monotonic() + CALM_S))
    held = _count(rig, "messages g join people p on p.id = g.person_id where p.telegram_user_id = 100001")
    command = say("/forgetme", PERSON)
    thread = threading.Thread(target=forgetting.run)
    thread.start()
    during = sorted(talk(time.monotonic() + CALM_S, thread))
    thread.join()
    left = _count(rig, "messages g join people p on p.id = g.person_id where p.telegram_user_id = 100001")
    return _figures(rows, held, left, before, [command, *during], statements, forgetting.took_s)


def _count(rig: Rig, source: str) -> int:
    with rig.engine.connect() as connection:
        return int(connection.scalar(text(f"select count(*) from {source}")) or 0)  # noqa: S608


def _figures(
    rows: int,
    held: int,
    left: int,
    before: Sequence[float],
    during: Sequence[float],
    statements: Statements,
    took_s: float,
) -> list[Figure]:
    name, longest = "forget", max(statements.took)
    return [
        Figure(name, "messages, and of the person", rows, held),
        Figure(name, "messages of the person afterwards", left, None, Target("at most", 0)),
        Figure(name, "worked off after (s)", took_s),
        Figure(name, "longest statement (s)", longest, LONGEST_S, Target("at most", LONGEST_S)),
        Figure(name, "stored to worked in, p95, before (s)", percentile(before, 0.95)),
        Figure(name, "stored to worked in, p95, meanwhile (s)", percentile(sorted(during), 0.95)),
        Figure(name, "longest before (s)", max(before)),
        Figure(name, "the command itself (s)", during[0], INGEST_S, Target("at most", INGEST_S)),
        Figure(name, "longest meanwhile (s)", max(during), INGEST_S, Target("at most", INGEST_S)),
    ]
