"""The store of what models were seen to take, for adapters that have no database of their own."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import SessionFactory
from app.domain.ports import Clock, Learned
from app.domain.providers.capabilities import Capabilities
from app.outages import log_error
from app.repositories.providers import capabilities

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StoredCapabilities:
    """Reads and writes in transactions of its own. Without the database a process learns for itself."""

    sessions: SessionFactory
    clock: Clock

    def read(self, server: str, model: str) -> Learned | None:
        """Returns what is known of a model; None when nothing is, or the database does not answer."""
        try:
            with self.sessions.begin() as session:
                return capabilities.read(session, server, model, self.clock.now())
        except SQLAlchemyError as error:
            log_error(log, "capabilities_not_read", error)
            return None

    def learn(self, server: str, model: str, facts: Capabilities, reason: str, anew: bool) -> None:
        """Stores facts, and logs what was refused."""
        if reason:
            log.warning("llm_form_refused", provider=f"{model} at {server}", reason=reason)
        try:
            with self.sessions.begin() as session:
                capabilities.learn(session, server, model, facts, reason, anew, self.clock.now())
        except SQLAlchemyError as error:
            log_error(log, "capabilities_not_stored", error)
