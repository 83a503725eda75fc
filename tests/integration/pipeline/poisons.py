"""Leased work of our own with an item that raises an error, and a cure for it: sends, plans and jobs."""

from __future__ import annotations

import json

from sqlalchemy import select, text

from app.domain.lanes.lane import Lane
from app.models import Chat, LLMJob, Utterance
from app.services.delivery import deliver
from app.services.lanes.generation import AMBIENT, generate
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_message, make_utterance

FAR = "update messages set sent_at = '20000-01-01' where id = :id"
NEAR = "update messages set sent_at = '2026-11-22T12:00:00Z' where id = :id"
BULK = Lane("digest", "bulk").name


class Work:
    """Leased work of one kind. `kind` is its name, `ended` how its parked item shows."""

    kind = ""
    error = ""
    ended: object = None

    def __init__(self, pipeline, monkeypatch):
        self.pipeline, self.sessions = pipeline, pipeline.sessions

    def execute(self, statement, **params):
        with self.sessions.begin() as session:
            session.execute(text(statement), params)

    def value(self, statement, **params):
        with self.sessions() as session:
            return session.scalar(text(statement), params)


class Sends(Work):
    """A ready text without a time to send it at."""

    kind, error, ended = "delivery", "TypeError", ("failed", "parked")

    def add(self, **fields):
        bot = make_bot(self.sessions)
        return make_utterance(self.sessions, bot, make_chat(self.sessions, bot), **fields).id

    def poison(self):
        return self.add(send_at=None)

    def cure(self, item_id):
        """None is needed: what is tried again is due now."""

    def run(self):
        for _ in range(3):
            deliver(self.pipeline.delivery)

    def done(self):
        return len(self.pipeline.telegram.sent)

    def due(self, item_id):
        return self.value("select available_at from utterances where id = :id", id=item_id)

    def end(self, item_id):
        with self.sessions() as session:
            row = session.get(Utterance, item_id)
            return row.state, row.reason


class Plans(Work):
    """A plan whose bot has active hours that nobody can read: its prompt cannot be prepared."""

    kind, error, ended = "generation", "InvalidInput", ("failed", "parked")

    def add(self, **fields):
        bot = make_bot(self.sessions)
        return make_utterance(self.sessions, bot, make_chat(self.sessions, bot), "planned", **fields).id

    def poison(self):
        item_id = self.add()
        self._set_hours(item_id, ["whenever"])
        return item_id

    def cure(self, item_id):
        self._set_hours(item_id, [])

    def _set_hours(self, item_id, hours):
        self.execute(
            "update personas p set active = cast(:hours as text[]) from utterances u"
            " where u.bot_id = p.bot_id and u.id = :id",
            id=item_id,
            hours=hours,
        )

    def run(self):
        generate(self.pipeline.generation, AMBIENT)

    def done(self):
        return len(fetch(self.sessions, select(Utterance.id).where(Utterance.state == "ready")))

    due, end = Sends.due, Sends.end


class UnreadablePlans(Plans):
    """A plan that answers a message from the year 20000: what its prompt needs cannot be read."""

    error = "ValueError"

    def poison(self):
        bot = make_bot(self.sessions)
        chat = make_chat(self.sessions, bot)
        self.message = make_message(self.sessions, chat, "late")
        self.execute(FAR, id=self.message.id)
        return make_utterance(self.sessions, bot, chat, "planned", target_message_id=self.message.id).id

    def cure(self, item_id):
        self.execute(NEAR, id=self.message.id)


class UnfinishedPlans(Plans):
    """A plan whose bot reads for longer than time goes on: its answer cannot be stored."""

    error = "OverflowError"

    def poison(self):
        return self.add(reading_s=1e300)

    def cure(self, item_id):
        self.execute("update utterances set reading_s = 0 where id = :id", id=item_id)


class StreamedPlans(UnfinishedPlans):
    """The same, with answers that are stored while the rest is written."""

    def __init__(self, pipeline, monkeypatch):
        super().__init__(pipeline, monkeypatch)
        pipeline.stream = True


class Jobs(Work):
    """A digest of a chat with a message from the year 20000."""

    kind, error, ended = "job", "ValueError", ("discarded", "parked")

    def __init__(self, pipeline, monkeypatch):
        super().__init__(pipeline, monkeypatch)
        pipeline.llm.answer = lambda items: json.dumps(
            {"items": [{"id": i["id"], "topics": ["rates"], "mood": "calm", "summary": "Rates."} for i in items]}
        )

    def add(self):
        self.chat = make_chat(self.sessions)
        self.message = make_message(self.sessions, self.chat, f"message of {self.chat.id}")
        job = LLMJob(family="digest", lane=BULK, chat_id=self.chat.id, available_at=NOW, planned_at=NOW)
        add(self.sessions, job)
        return job.id

    def poison(self):
        item_id = self.add()
        self.poisoned = self.message.id
        self.execute(FAR, id=self.poisoned)
        return item_id

    def cure(self, item_id):
        self.execute(NEAR, id=self.poisoned)

    def run(self):
        generate(self.pipeline.generation, BULK)

    def done(self):
        return len(fetch(self.sessions, select(Chat.id).where(Chat.digested_at.is_not(None))))

    def due(self, item_id):
        return self.value("select available_at from llm_jobs where id = :id", id=item_id)

    def end(self, item_id):
        with self.sessions() as session:
            row = session.get(LLMJob, item_id)
            return row.state, row.reason
