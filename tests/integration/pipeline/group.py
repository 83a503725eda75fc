"""A group with three bots, and people who write in it."""

from __future__ import annotations

from app.services.delivery import deliver
from app.services.ingest.inbox import ingest, store_updates
from tests.builders import NOW, make_bot, make_chat, make_update

GRACE = {"id": 555, "first_name": "Grace", "username": "grace"}
HENRY = {"id": 556, "first_name": "Henry", "username": "henry"}


class Group:
    """People who write in a chat, and what they get to read."""

    def __init__(self, pipeline, bots, chat):
        self.pipeline, self.bots, self.chat = pipeline, bots, chat
        self.number = 0

    def say(self, words, who=GRACE, chat=None, **extra):
        """Every bot brings its copy; returns the message's number."""
        self.number += 1
        self.pipeline.clock.pass_seconds(5)
        sent = {"from": who, "date": int(self.pipeline.clock.now().timestamp()), **extra}
        for bot in self.bots:
            made = make_update(self.number, chat or self.chat, self.number, words, **sent)
            store_updates(self.pipeline.ingest, bot.id, [made])
        ingest(self.pipeline.ingest)
        return self.number

    def read(self):
        """What was sent since the last look, as (bot's place, text, the message it answers)."""
        for _ in range(3):
            deliver(self.pipeline.delivery)
        tokens = {bot.token_encrypted.removeprefix("sealed:"): place for place, bot in enumerate(self.bots)}
        sent, self.pipeline.telegram.sent = self.pipeline.telegram.sent, []
        return [(tokens[token], words, reply_to) for token, _, words, reply_to in sent]


def make_group(pipeline, **fields):
    """A group with Ada, who is its leader, Bob and Cem."""
    bots = [make_bot(pipeline.sessions, name, tone=f"tone of {name}") for name in ("Ada", "Bob", "Cem")]
    chat = make_chat(pipeline.sessions, *bots, ingest_leader_bot_id=bots[0].id, ingest_leader_seen_at=NOW, **fields)
    return Group(pipeline, bots, chat)
