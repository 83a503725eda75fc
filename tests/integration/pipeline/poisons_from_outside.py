"""Leased work from outside with an item that raises an error, and a cure for it: updates, feeds and tokens."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

from sqlalchemy import select

from app.domain.feeds.headlines import Headline
from app.domain.ingest.updates import parse_update
from app.domain.ports import BotIdentity, FeedAnswer
from app.models import Bot, Feed, InboxUpdate, Message
from app.services.feeds.reading import FeedPorts, read_due_feeds
from app.services.fleet import tokens
from app.services.fleet.tokens import TokenPorts, check_due
from app.services.ingest import processing
from app.services.ingest.inbox import ingest, store_updates
from app.services.ingest.webhooks import WebhookPorts
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_update
from tests.fakes import FakeFeeds, PlainVault
from tests.integration.pipeline.poisons import Work

UNLUCKY = 13


def parse_loosely(payload):
    """What is read of an update; one of UNLUCKY gets an author beyond bigint."""
    read = parse_update(payload)
    return replace(read, telegram_user_id=2**80) if getattr(read, "telegram_user_id", None) == UNLUCKY else read


class Updates(Work):
    """An update whose author has an id that no column holds, as if its reading had let it pass."""

    kind, error, ended = "update", "NumericValueOutOfRange", "failed"

    def __init__(self, pipeline, monkeypatch):
        super().__init__(pipeline, monkeypatch)
        self.bot = make_bot(self.sessions)
        self.chat = make_chat(self.sessions, self.bot)
        self.numbers = itertools.count(1)
        monkeypatch.setattr(processing, "parse_update", parse_loosely)

    def add(self, **extra):
        number = next(self.numbers)
        update = make_update(number, self.chat, number, f"text {number}", **extra)
        store_updates(self.pipeline.ingest, self.bot.id, [update])
        return self.value("select id from inbox_updates where update_id = :number", number=number)

    def poison(self):
        return self.add(**{"from": {"id": UNLUCKY, "first_name": "Grace"}})

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
        monkeypatch.setattr(tokens, "CHECKS_AN_HOUR", 1)
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
