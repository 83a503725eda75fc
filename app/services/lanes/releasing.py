"""The answers of one call: each stored once, as a stream completes them or at its end, if it gives nothing away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.lanes.answers import ItemStream
from app.domain.lanes.leaks import LeakCheck
from app.services.lanes.calling import Call
from app.services.lanes.ports import Answered, GenerationPorts
from app.services.lanes.reuse import key_of

log = structlog.get_logger()


class Release:
    """Takes the answers of a call; `done` are the plans that were dealt with, `stored` counts the answers."""

    def __init__(self, ports: GenerationPorts, call: Call) -> None:
        self._ports = ports
        self._call = call
        self._stream = ItemStream({str(plan_id) for plan_id in call.batch.ids})
        self._fresh: dict[str, Mapping[str, Any]] = {}
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
        ports = self._ports
        with ports.sessions.begin() as session:
            stored = self.store(session, items, ports.clock.now())
        if stored:
            ports.events.publish("generated", ids=stored)
            ports.queue.nudge_delivery()

    def store(self, session: Session, answers: Mapping[str, Mapping[str, Any]], now: dt.datetime) -> list[int]:
        """Stores what is new and usable, and throws back what leaks; returns the ids that were stored."""
        batch = self._call.batch
        texts = {str(plan_id): text for plan_id in self.missing if (text := self._text(answers.get(str(plan_id))))}
        leaks = {int(item_id) for item_id in self._leak_check.find(texts)}
        pairs = zip(batch.plans, batch.items, strict=True)
        usable = [Answered(plan, item, answers[str(plan.id)]) for plan, item in pairs if str(plan.id) in texts]
        sound = [one for one in usable if one.plan.id not in leaks]
        if sound:
            batch.family.finish(session, sound, now, self._ports.settings.book())
        for one in sound:
            self._remember(one)
        self._throw_back(session, sorted(leaks), now)
        stored = [one.plan.id for one in sound]
        self.stored += len(stored)
        self.done.update(stored, leaks)
        return stored

    def keep(self) -> None:
        """Holds answers that may be used again, after they were committed."""
        if self._fresh:
            self._ports.answers.put_many(self._fresh)

    @cached_property
    def _leak_check(self) -> LeakCheck:
        batch = self._call.batch
        contexts = zip(batch.ids, map(batch.family.private_context, batch.items), strict=True)
        return LeakCheck({str(plan_id): context for plan_id, context in contexts})

    def _text(self, answer: Mapping[str, Any] | None) -> str | None:
        return None if answer is None else self._call.batch.family.text_of(answer)

    def _throw_back(self, session: Session, ids: list[int], now: dt.datetime) -> None:
        if not ids:
            return
        self._call.batch.family.count_attempt(session, ids, now, alone=True)
        metrics.LLM_LEAKS.inc(len(ids))
        log.warning("answers_leaked", lane=self._call.batch.lane.name, ids=ids, provider=self._call.provider.name)

    def _remember(self, one: Answered) -> None:
        key = key_of(self._call.provider.client, self._call.batch.family, one.plan, one.item)
        if key is not None:
            self._fresh[key] = {name: value for name, value in one.answer.items() if name != "id"}
