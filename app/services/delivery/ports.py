"""Ports that delivery uses."""

from __future__ import annotations

from dataclasses import dataclass

from app.db import SessionFactory
from app.domain.ports import Clock, EventStream, FloodLimiter, TaskQueue, Telegram, TokenVault
from app.services.settings.values import SettingsReader


@dataclass(frozen=True, slots=True)
class DeliveryPorts:
    """The database, the operators' settings, the key vault, Telegram and its limits, queue and events."""

    sessions: SessionFactory
    settings: SettingsReader
    telegram: Telegram
    vault: TokenVault
    flood: FloodLimiter
    queue: TaskQueue
    events: EventStream
    clock: Clock
