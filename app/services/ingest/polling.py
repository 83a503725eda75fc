"""Receiving updates by long polling."""

from __future__ import annotations

from app.domain.ports import PolledBot
from app.repositories.ingest.token_leases import LeasableBot
from app.services.ingest.token_leases import LeaseKeeper


class PollService(LeaseKeeper[PolledBot]):
    """The service of a poller: which bots to poll, and storing their updates."""

    mode, kind = "poll", "poller"

    def _open(self, bot: LeasableBot, token: str) -> PolledBot:
        return PolledBot(bot.bot_id, token, bot.next_update_id)
