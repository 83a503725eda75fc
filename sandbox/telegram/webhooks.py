"""Delivery to webhooks: in order, one update at a time for a bot, retried with backoff until answered with 2xx."""

import asyncio
import time
from contextlib import suppress

import aiohttp

from sandbox.telegram.params import origin
from sandbox.telegram.records import Bot, Webhook
from sandbox.telegram.state import State
from sandbox.telegram.updates import Update

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)
ANSWER_TIMEOUT_S = 30.0
LONGEST_BACKOFF_S = 60.0


class Webhooks:
    """One delivery task for each bot that has a webhook."""

    def __init__(self, state: State, *, first_backoff_s: float = 0.5) -> None:
        """Sets the backoff: `first_backoff_s` after a failed post, then doubled each time, up to a minute."""
        self._state = state
        self._first_backoff_s = first_backoff_s
        self._tasks: dict[int, tuple[Webhook, asyncio.Task[None]]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Starts the delivery for every bot that has a webhook already."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S))
        self._state.on_webhook_change = self.follow
        for bot in self._state.world.bots.values():
            self.follow(bot)

    async def close(self) -> None:
        """Stops all deliveries."""
        tasks = [task for _hook, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._session is not None:
            await self._session.close()

    def follow(self, bot: Bot) -> None:
        """Starts, stops or restarts the delivery after the bot's webhook changed."""
        hook, running = bot.webhook, self._tasks.get(bot.id)
        if running is not None and running[0] is hook:
            return
        if running is not None:
            running[1].cancel()
            del self._tasks[bot.id]
        if hook is not None:
            self._tasks[bot.id] = (hook, asyncio.create_task(self._deliver(bot, hook)))

    async def _deliver(self, bot: Bot, hook: Webhook) -> None:
        failures = 0
        while True:
            update = self._next_update(bot)
            if update is None:
                bot.queue.changed.clear()
                await bot.queue.changed.wait()
                continue
            error = await self._post(hook, update)
            if error is None:
                failures = 0
                self._acknowledge(bot, update)
                continue
            hook.last_error_date, hook.last_error_message = int(time.time()), error
            await asyncio.sleep(min(LONGEST_BACKOFF_S, self._first_backoff_s * 2**failures))
            failures = min(failures + 1, 16)

    def _next_update(self, bot: Bot) -> Update | None:
        updates = bot.queue.head(2)
        if len(updates) > 1 and self._state.faults.take("reorder_updates", bot_id=bot.id) is not None:
            return updates[1]
        return updates[0] if updates else None

    def _acknowledge(self, bot: Bot, update: Update) -> None:
        bot.queue.confirm(update.update_id)
        self._state.log_delivery(bot, update, "webhook")
        if self._state.repeats(bot, update):
            bot.queue.put_back([update])

    async def _post(self, hook: Webhook, update: Update) -> str | None:
        """Posts one update; returns the error, in the text getWebhookInfo shows, or None."""
        assert self._session is not None, "open() comes first"  # noqa: S101
        headers = {"Content-Type": "application/json"}
        if hook.secret_token:
            headers[SECRET_HEADER] = hook.secret_token
        try:
            async with self._session.post(
                hook.url, data=update.encode(), headers=headers, allow_redirects=False
            ) as answer:
                with suppress(aiohttp.ClientError):
                    await answer.read()
                if 200 <= answer.status < 300:
                    return None
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except (aiohttp.ClientError, ValueError):
            return f"Connection failed: {origin(hook.url)}"
