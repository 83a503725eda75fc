"""What is wrong with the providers now, for operators."""

from __future__ import annotations

from collections.abc import Sequence

from app.db import SessionFactory
from app.domain.ports import Clock
from app.domain.providers.troubles import ProviderTrouble
from app.repositories.providers import troubles


def list_troubles(sessions: SessionFactory, clock: Clock) -> Sequence[ProviderTrouble]:
    """The providers that fail for a reason of their own, until they answer again or nobody asked them for an hour."""
    with sessions() as session:
        return [one for one in troubles.read_troubles(session, clock.now()) if one.is_certain]
