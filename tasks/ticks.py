"""One bot's turn."""

from __future__ import annotations

import datetime as dt

from app.logs import bound
from app.queues import TASK_TICK
from app.services.schedule.tick import run_tick
from tasks.celery import app, runtime


@app.task(name=TASK_TICK)
def tick(bot_id: int, due_at: str, mention_id: int | None = None) -> None:
    """Lets a bot consider speaking; `due_at` is ISO 8601 in UTC and, with the bot, the tick's identity."""
    with bound(bot=bot_id, **({} if mention_id is None else {"mention": mention_id})):
        run_tick(runtime.tick, bot_id, dt.datetime.fromisoformat(due_at), mention_id)
