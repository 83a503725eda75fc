"""The Runtime of this process and the web app's own state, kept in the app's extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import redis
from flask import current_app

from app.adapters.sandbox_control import SandboxControl
from app.bootstrap.chains import Chains
from app.config import Settings
from app.db import SessionFactory
from app.domain.ports import Clock, EventStream, SilenceLog, TaskQueue, Telegram, TokenVault
from app.services.feeds.reading import FeedPorts
from app.services.providers.editing import ProviderPorts
from app.services.settings.values import SettingsReader

EXTENSION = "chorus"


class WebRuntime(Protocol):
    """The part of the Runtime that the admin uses."""

    @property
    def settings(self) -> Settings: ...
    @property
    def sessions(self) -> SessionFactory: ...
    @property
    def cache(self) -> redis.Redis: ...
    @property
    def telegram(self) -> Telegram: ...
    @property
    def vault(self) -> TokenVault: ...
    @property
    def events(self) -> EventStream: ...
    @property
    def queue(self) -> TaskQueue: ...
    @property
    def silence(self) -> SilenceLog: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def fleet_settings(self) -> SettingsReader: ...
    @property
    def feeds(self) -> FeedPorts: ...
    @property
    def chains(self) -> Chains: ...
    @property
    def provider_edits(self) -> ProviderPorts: ...
    @property
    def sandbox_control(self) -> SandboxControl | None: ...


@dataclass(frozen=True, slots=True)
class WebState:
    """The Runtime, and the broker connection of this app."""

    runtime: WebRuntime
    broker: redis.Redis


def web_state() -> WebState:
    """The state of the app that handles this request."""
    state: WebState = current_app.extensions[EXTENSION]
    return state


def runtime() -> WebRuntime:
    """The Runtime of the app that handles this request."""
    return web_state().runtime
