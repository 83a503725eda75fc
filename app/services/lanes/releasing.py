"""The answers of one call: each stored once, as a stream completes them or at its end, if it gives nothing away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.lanes.answers import ItemStream
from app.domain.lanes.leaks import LeakCheck
from app.services.lanes.calling import Call
from app.services.lanes.family import Answer, Answered, ItemT, PlanT, Write
from app.services.lanes.ports import GenerationPorts
from app.services.lanes.reuse import key_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Judged(Generic[PlanT, ItemT]):
    """Answers that were decided on and are not stored yet: sound ones with their `write`, and plans of leaking ones."""

    sound: Sequence[Answered[PlanT, ItemT]]
    leaked: Sequence[int]
    write: Write | None

    @property
    def stored(self) -> list[int]:
        """The plans whose answers the write stores."""
        return [one.plan.id for one in self.sound]


class Release(Generic[PlanT, ItemT]):
    """Takes the answers of a call; `done` are the plans that were dealt with, `stored` counts the answers."""

    def __init__(self, ports: GenerationPorts, call: Call[PlanT, ItemT]) -> None:
        self._ports = ports
        self._call = call
        self._stream = ItemStream({str(plan_id) for plan_id in call.batch.ids})
        self._fresh: dict[str, Answer] = {}
        self.done: set[int] = set()
        self.stored = 0

    @property
    def missing(self) -> list[int]:
        """The plans that have no usable answer yet."""
        return [plan_id for plan_id in self._call.batch.ids if plan_id not in self.done]

    def listen(self, text: str) -> None:
        """Stores the items that are complete in `text`, a streamed answer so far · COMMIT · nudge delivery."""
        items = self._stream.feed(text)
        if not items:
            return
        ports, now = self._ports, self._ports.clock.now()
        judged = self.judge(items, now)
        with ports.sessions.begin() as session:
            self.store(session, judged, now)
        self.note(judged)
        if judged.sound:
            ports.events.publish("generated", ids=judged.stored)
            ports.queue.nudge_delivery()

    def judge(self, answers: Mapping[str, Answer], now: dt.datetime) -> Judged[PlanT, ItemT]:
        """Decides on what is new and usable in `answers`, with no transaction open; what leaks is not sound."""
        family, batch = self._call.batch.family, self._call.batch
        new = {plan_id: answers[str(plan_id)] for plan_id in self.missing if str(plan_id) in answers}
        texts = {str(plan_id): text for plan_id, answer in new.items() if (text := family.answers.text_of(answer))}
        leaked = sorted(int(plan_id) for plan_id in self._leak_check.find(texts))
        sound = batch.answered({int(plan_id): answers[plan_id] for plan_id in texts if int(plan_id) not in leaked})
        write = family.answers.judge(self._ports.sessions, sound, now, self._ports.settings.book()) if sound else None
        return Judged(sound, leaked, write)

    def store(self, session: Session, judged: Judged[PlanT, ItemT], now: dt.datetime) -> None:
        """Writes what was decided, and throws back what leaks, each plan only while it waits for its answer."""
        if judged.write is not None:
            judged.write(session)
        if judged.leaked:
            self._call.batch.family.store.count_attempt(session, judged.leaked, now, alone=True)

    def note(self, judged: Judged[PlanT, ItemT]) -> None:
        """Remembers what was committed."""
        self.stored += len(judged.sound)
        self.done.update(judged.stored, judged.leaked)
        for one in judged.sound:
            key = key_of(self._call.provider.client, self._call.batch.family, one.plan, one.item)
            if key is not None:
                self._fresh[key] = {name: value for name, value in one.answer.items() if name != "id"}
        if judged.leaked:
            self._report_leaks(judged.leaked)

    def keep(self) -> None:
        """Holds answers that may be used again."""
        if self._fresh:
            self._ports.answers.put_many(self._fresh)

    @cached_property
    def _leak_check(self) -> LeakCheck:
        prompts = self._call.batch.family.prompts
        return LeakCheck({str(plan.id): prompts.private_context(item) for plan, item in self._call.batch.pairs})

    def _report_leaks(self, ids: Collection[int]) -> None:
        metrics.LLM_LEAKS.inc(len(ids))
        log.warning("answers_leaked", lane=self._call.batch.lane.name, ids=ids, provider=self._call.provider.name)
