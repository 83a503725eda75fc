"""Release of a call's answers: each stored once, as streamed or at the end, if the leak check passes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Generic

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.lanes.leaks import LeakCheck
from app.domain.prompting.reading.strict import ItemStream
from app.outages import is_outage
from app.services.lanes.calling import Call
from app.services.lanes.family import Answer, Answered, ItemT, PlanT, Write
from app.services.lanes.ports import GenerationPorts
from app.services.lanes.reuse import key_of
from app.services.lanes.setting_aside import kind_of
from app.services.work import set_aside, work_in_parts
from app.services.work.parts import Failed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Part(Generic[PlanT, ItemT]):
    """Answers that were decided on together, and the function that stores them."""

    sound: Sequence[Answered[PlanT, ItemT]]
    write: Write

    @property
    def ids(self) -> list[int]:
        """Returns the plans whose answers `write` stores."""
        return [one.plan.id for one in self.sound]


@dataclass(frozen=True, slots=True)
class Judged(Generic[PlanT, ItemT]):
    """Decided answers: sound ones in parts, plans whose answers leak, and those that raised an error."""

    parts: Sequence[Part[PlanT, ItemT]]
    leaked: Sequence[int]
    failed: Sequence[Failed[int]]

    @property
    def stored(self) -> list[int]:
        """The plans whose answers are stored."""
        failed = {one.item for one in self.failed}
        return [plan_id for part in self.parts for plan_id in part.ids if plan_id not in failed]

    @property
    def dealt_with(self) -> set[int]:
        """The plans that need no other answer from this call."""
        return {*self.stored, *self.leaked, *(one.item for one in self.failed)}


Also = Callable[[Session, Judged[PlanT, ItemT]], None]
"""Further writes in the transaction of the answers."""


class Release(Generic[PlanT, ItemT]):
    """Releases the answers of a call; `done` are the finished plans, `stored` counts stored answers."""

    def __init__(self, ports: GenerationPorts, call: Call[PlanT, ItemT]) -> None:
        self._ports = ports
        self._call = call
        self._stream = ItemStream(call.batch.numbers.keys())
        self._fresh: dict[str, Answer] = {}
        self.done: set[int] = set()
        self.stored = 0

    @property
    def missing(self) -> list[int]:
        """The plans that have no usable answer yet."""
        return [plan_id for plan_id in self._call.batch.ids if plan_id not in self.done]

    @property
    def _waiting(self) -> list[str]:
        """The numbers of the items that have no usable answer yet."""
        return [number for number, plan_id in self._call.batch.numbers.items() if plan_id not in self.done]

    def listen(self, text: str) -> None:
        """Stores the complete items of `text`, a streamed answer so far · COMMIT · nudge delivery."""
        items = self._stream.feed(text)
        if not items:
            return
        judged = self.settle(items, self._ports.clock.now())
        if judged.stored:
            self._ports.events.publish("generated", ids=judged.stored)
            self._ports.queue.nudge_delivery()

    def settle(
        self, answers: Mapping[str, Answer], now: dt.datetime, also: Also[PlanT, ItemT] | None = None
    ) -> Judged[PlanT, ItemT]:
        """Decides on new `answers` with no session open, and stores them and the writes of `also` · COMMIT.

        `answers` are by their items' numbers. When storing raises an error, each answer is stored by itself, and those
        that fail are set aside.
        """
        try:
            judged = self._store(self._judge(answers, now, apart=False), now, also, apart=False)
        except Exception as error:
            if is_outage(error):
                raise
            judged = self._store(self._judge(answers, now, apart=True), now, also, apart=True)
        self._note(judged)
        return judged

    def _judge(self, answers: Mapping[str, Answer], now: dt.datetime, apart: bool) -> Judged[PlanT, ItemT]:
        family, batch = self._call.batch.family, self._call.batch
        new = {number: answers[number] for number in self._waiting if number in answers}
        texts = {number: text for number, answer in new.items() if (text := family.answers.text_of(answer))}
        leaked = sorted(batch.numbers[number] for number in self._leak_check.find(texts))
        found = {batch.numbers[number]: answers[number] for number in texts}
        sound = batch.answered({plan_id: answer for plan_id, answer in found.items() if plan_id not in leaked})
        parts, failed = [], []
        for together in [[one] for one in sound] if apart else [sound] if sound else []:
            decided, broken = work_in_parts(together, partial(self._decide, now=now))
            parts += decided
            failed += [Failed(one.item.plan.id, one.error) for one in broken]
        return Judged(parts, leaked, failed)

    def _decide(self, sound: Sequence[Answered[PlanT, ItemT]], now: dt.datetime) -> Part[PlanT, ItemT]:
        ports = self._ports
        return Part(sound, self._call.batch.family.answers.judge(ports.sessions, sound, now, ports.settings.book()))

    def _store(
        self, judged: Judged[PlanT, ItemT], now: dt.datetime, also: Also[PlanT, ItemT] | None, apart: bool
    ) -> Judged[PlanT, ItemT]:
        """Writes decisions and requeues plans whose answers leak; only plans that still wait for an answer change."""
        family = self._call.batch.family
        with self._ports.sessions.begin() as session:
            failed = [*judged.failed, *_write(session, judged.parts, apart)]
            for one in failed:
                set_aside(session, kind_of(family), one.item, one.error, now)
            if judged.leaked:
                family.store.count_attempt(session, judged.leaked, now, alone=True)
            done = replace(judged, failed=failed)
            if also is not None:
                also(session, done)
        return done

    def _note(self, judged: Judged[PlanT, ItemT]) -> None:
        """Updates the counters after the commit."""
        stored = set(judged.stored)
        self.stored += len(stored)
        self.done.update(judged.dealt_with)
        for one in (one for part in judged.parts for one in part.sound if one.plan.id in stored):
            key = key_of(self._call.provider.client, self._call.batch.family, one.plan, one.item)
            if key is not None:
                self._fresh[key] = {name: value for name, value in one.answer.items() if name != "id"}
        if judged.leaked:
            self._report_leaks(judged.leaked)

    def keep(self) -> None:
        """Puts reusable answers into the cache."""
        if self._fresh:
            self._ports.answers.put_many(self._fresh)

    @cached_property
    def _leak_check(self) -> LeakCheck:
        prompts = self._call.batch.family.prompts
        numbered = zip(self._call.batch.numbers, self._call.batch.items, strict=True)
        return LeakCheck({number: prompts.private_context(item) for number, item in numbered})

    def _report_leaks(self, ids: Collection[int]) -> None:
        metrics.LLM_LEAKS.inc(len(ids))
        batch = self._call.batch
        keys = {"lane": batch.lane.name, "request": batch.request_id, "provider": self._call.provider.name}
        log.warning("answers_leaked", count=len(ids), **keys)


def _write(session: Session, parts: Sequence[Part[PlanT, ItemT]], apart: bool) -> list[Failed[int]]:
    """Stores the parts, with `apart` each in its own savepoint; returns the failures."""
    if not apart:
        for part in parts:
            part.write(session)
        return []
    failed: list[Failed[int]] = []
    for part in parts:
        _, broken = work_in_parts([part], lambda one: one[0].write(session), session.begin_nested)
        failed += [Failed(plan_id, one.error) for one in broken for plan_id in one.item.ids]
    return failed
