"""A batch of every kind of leased work, with one item in it that raises an error, and a cure for it."""

from __future__ import annotations

import datetime as dt
import itertools
import json

from sqlalchemy import select, text

from app.domain.feeds.headlines import Headline
from app.domain.lanes.lane import Lane
from app.domain.ports import BotIdentity, FeedAnswer
from app.models import Bot, Chat, Feed, InboxUpdate, LLMJob, Message, Utterance
from app.services.delivery import deliver
from app.services.feeds.reading import FeedPorts, read_due_feeds
from app.services.fleet import tokens
from app.services.fleet.tokens import TokenPorts, check_due
from app.services.ingest.inbox import ingest, store_updates
from app.services.ingest.webhooks import WebhookPorts
from app.services.lanes.generation import AMBIENT, generate
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_message, make_update, make_utterance
from tests.fakes import FakeFeeds, PlainVault

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
        monkeypatch.setattr(tokens, "CHECKS_AN_HOUR", 1)

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


class Updates(Work):
    """An update whose author has an id that no column holds."""

    kind, error, ended = "update", "NumericValueOutOfRange", "failed"

    def __init__(self, pipeline, monkeypatch):
        super().__init__(pipeline, monkeypatch)
        self.bot = make_bot(self.sessions)
        self.chat = make_chat(self.sessions, self.bot)
        self.numbers = itertools.count(1)

    def add(self, **extra):
        number = next(self.numbers)
        update = make_update(number, self.chat, number, f"text {number}", **extra)
        store_updates(self.pipeline.ingest, self.bot.id, [update])
        return self.value("select id from inbox_updates where update_id = :number", number=number)

    def poison(self):
        return self.add(**{"from": {"id": 2**80, "first_name": "Grace"}})

    def cure(self, item_id):
        self.execute(
            "update inbox_updates set payload = jsonb_set(payload, '{message,from,id}', '555') where id = :id",
            id=item_id,
        )

    def run(self):
        ingest(self.pipeline.ingest)

    def done(self):
        return len(fetch(self.sessions, select(Message.id)))

    def due(self, item_id):
        return self.value("select available_at from inbox_updates where id = :id", id=item_id)

    def end(self, item_id):
        return fetch(self.sessions, select(InboxUpdate.outcome).where(InboxUpdate.id == item_id))[0]


class Feeds(Work):
    """A feed with a headline that Postgres cannot store."""

    kind, error, ended = "feed", "ValueError", "paused"

    def __init__(self, pipeline, monkeypatch):
        super().__init__(pipeline, monkeypatch)
        self.source = FakeFeeds()
        self.ports = FeedPorts(self.sessions, pipeline.settings, self.source, pipeline.clock)
        self.numbers = itertools.count(1)

    def add(self):
        feed = Feed(url=f"https://news.example/{next(self.numbers)}", fleet_wide=True, next_at=NOW)
        add(self.sessions, feed)
        self.url = feed.url
        return feed.id

    def poison(self):
        item_id = self.add()
        self.poisoned = self.url
        self.source.answers[self.poisoned] = FeedAnswer(True, "News", (Headline("\x00", "Storks"),))
        return item_id

    def cure(self, item_id):
        self.source.answers.pop(self.poisoned)

    def run(self):
        read_due_feeds(self.ports)

    def done(self):
        return len(fetch(self.sessions, select(Feed.id).where(Feed.checked_at.is_not(None))))

    def due(self, item_id):
        return self.value("select next_at from feeds where id = :id", id=item_id)

    def end(self, item_id):
        return self.value("select status from feeds where id = :id", id=item_id)


class Checks(Work):
    """A bot whose token Telegram answers with what nobody can read."""

    kind, error, ended = "token_check", "ValueError", "active"

    def __init__(self, pipeline, monkeypatch):
        super().__init__(pipeline, monkeypatch)
        telegram, vault = pipeline.telegram, PlainVault()
        telegram.get_me = lambda token: BotIdentity(int(token), f"seen_{token}_bot", "Seen", True)
        webhooks = WebhookPorts(
            self.sessions, telegram, vault, "s" * 32, "https://api.telegram.org", "https://x.example"
        )
        self.ports = TokenPorts(self.sessions, telegram, vault, webhooks, pipeline.clock)

    def add(self):
        return make_bot(self.sessions).id

    def poison(self):
        item_id = self.add()
        self.execute("update bots set token_encrypted = 'sealed:words' where id = :id", id=item_id)
        return item_id

    def cure(self, item_id):
        self.execute("update bots set token_encrypted = 'sealed:4711' where id = :id", id=item_id)

    def run(self):
        check_due(self.ports)

    def done(self):
        return len(fetch(self.sessions, select(Bot.id).where(Bot.display_name == "Seen")))

    def due(self, item_id):
        return self.value("select checked_at from bots where id = :id", id=item_id) + dt.timedelta(hours=1)

    def end(self, item_id):
        return self.value("select status from bots where id = :id", id=item_id)


ALL = (Sends, Plans, UnreadablePlans, UnfinishedPlans, StreamedPlans, Jobs, Updates, Feeds, Checks)
