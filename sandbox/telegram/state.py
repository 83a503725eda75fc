"""The state of a running sandbox: the world, its journal, limits and faults, and the commit of events."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.journal import Journal, read_journal
from sandbox.telegram.audience import receivers
from sandbox.telegram.events import APPLY, Bodies
from sandbox.telegram.faults import Faults
from sandbox.telegram.limits import FloodLimits
from sandbox.telegram.records import Bot, Chat, Webhook
from sandbox.telegram.updates import Body, Update
from sandbox.telegram.vault import Vault
from sandbox.telegram.world import World

Clock = Callable[[], float]


def _ignore(_bot: Bot) -> None:
    """Does nothing; the default until the server delivers webhooks."""


class State:
    """The state of one server. Used from one event loop; no method awaits, so each is atomic."""

    def __init__(self, journal_path: Path, *, clock: Clock = time.time, rng: random.Random | None = None) -> None:
        """Opens the journal at `journal_path` and restores the state from it; `clock` is unix seconds.

        Flood counters and faults start empty; bans stay. Raises ValueError for a journal that is none of this sandbox.
        """
        self.clock = clock
        self.world = World()
        self.limits = FloodLimits(clock)
        self.faults = Faults(clock, rng or random.Random())
        self._bot_ids: dict[str, int] = {}
        self._tokens: dict[int, str] = {}
        self.closing = False
        self.on_webhook_change: Callable[[Bot], None] = _ignore
        self._vault = Vault(journal_path)
        self._restore(journal_path)
        self._journal = Journal(journal_path)

    def log(self, event: str, **fields: Any) -> None:
        """Writes an event to the journal that does not change the world."""
        self._journal.write(event, **fields)

    def commit(self, event: str, **fields: Any) -> None:
        """Commits an event: changes the world, queues its updates, writes it to the journal."""
        bodies = self.apply(event, **fields)
        updates = {kind: sent for kind, content in bodies.items() if (sent := self._queue(kind, content))}
        self._journal.write(event, **fields, updates=updates)

    def apply(self, event: str, **fields: Any) -> Bodies:
        """Changes the world without a journal line; for an event that is part of another line."""
        return APPLY[event](self.world, fields)

    def _queue(self, kind: str, content: dict[str, Any]) -> dict[int, int]:
        body, now = Body(kind, content), self.clock()
        return {bot.id: bot.queue.add(body, now) for bot in receivers(self.world, kind, content)}

    def bot_by_token(self, token: str) -> Bot | None:
        """Returns the bot of this token; None when it is unknown or revoked."""
        return self.world.bots.get(self._bot_ids.get(token, 0))

    def keep_token(self, bot_id: int, token: str | None) -> None:
        """Makes `token` the only one of this bot; None revokes. Ends a poll in progress."""
        self._set_token(bot_id, token)
        self._vault.keep_token(bot_id, token)
        self.world.bots[bot_id].queue.changed.set()

    def _set_token(self, bot_id: int, token: str | None) -> None:
        self._bot_ids.pop(self._tokens.pop(bot_id, ""), None)
        if token is not None:
            self._bot_ids[token] = bot_id
            self._tokens[bot_id] = token

    def keep_webhook(self, bot: Bot, webhook: Webhook | None) -> None:
        """Sets or (None) deletes a bot's webhook."""
        bot.webhook = webhook
        self._vault.keep_webhook(bot.id, webhook)
        self.on_webhook_change(bot)

    def confirm(self, bot: Bot, offset: int) -> None:
        """Confirms every update below `offset`. The fault duplicate_updates requeues some of them once."""
        confirmed = bot.queue.confirm_below(offset)
        if not confirmed:
            return
        self.log("update_confirmed", bot_id=bot.id, offset=offset)
        bot.queue.put_back(update for update in confirmed if self.repeats(bot, update))

    def repeats(self, bot: Bot, update: Update) -> bool:
        """Whether the fault duplicate_updates requeues this confirmed update."""
        if update.repeated:
            return False
        return self.faults.take("duplicate_updates", bot_id=bot.id, chat_id=update.body.chat_id) is not None

    def log_delivery(self, bot: Bot, update: Update, via: str) -> None:
        """Writes to the journal that an update was delivered by "poll" or, with a 2xx answer, by "webhook"."""
        self.log("update_delivered", bot_id=bot.id, update_id=update.update_id, kind=update.body.kind, via=via)

    def chat(self, chat_id: int) -> Chat | None:
        """Returns the chat of this id."""
        return self.world.chats.get(chat_id)

    def close(self) -> None:
        """Closes the files."""
        self._journal.close()
        self._vault.close()

    def _restore(self, journal_path: Path) -> None:
        for line in read_journal(journal_path):
            try:
                self._restore_line(line)
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(
                    f"{journal_path} does not fit together at its event {line.get('event')!r} ({error}); move it "
                    "and its .tokens away, or give another --journal"
                ) from error
        for secret in self._vault.read():
            self._restore_secret(secret)

    def _restore_line(self, line: dict[str, Any]) -> None:
        event = line["event"]
        if event in APPLY:
            self._restore_updates(line, APPLY[event](self.world, line))
        elif event == "call" and line.get("change"):
            APPLY[line["change"]["event"]](self.world, line["change"])
        elif event == "update_confirmed":
            self.world.bots[line["bot_id"]].queue.confirm_below(line["offset"])
        elif event == "update_delivered" and line["via"] == "webhook":
            self.world.bots[line["bot_id"]].queue.confirm(line["update_id"])

    def _restore_updates(self, line: dict[str, Any], bodies: Bodies) -> None:
        for kind, receivers_ids in line.get("updates", {}).items():
            body = Body(kind, bodies[kind])
            for bot_id, update_id in receivers_ids.items():
                self.world.bots[int(bot_id)].queue.add(body, line["t"], update_id)

    def _restore_secret(self, secret: dict[str, Any]) -> None:
        if secret["event"] == "token":
            self._set_token(secret["bot_id"], secret["token"])
            return
        bot = self.world.bots.get(secret["bot_id"])
        if bot is not None:
            bot.webhook = Webhook(**secret["webhook"]) if secret["webhook"] else None
