"""Settings for retention."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import FLEET_ONLY, Section

KEEPING = Section("keeping", "How long what happened is kept; every night the rest is deleted.")


@dataclass(frozen=True)
class Keeping:
    """Days until the nightly retention deletes finished rows."""

    __slots__ = ()

    history_days: int = KEEPING.number(
        90, 7, 3_650, "days", "How long messages, utterances and the ledger of requests are kept.", scopes=FLEET_ONLY
    )
    traces_days: int = KEEPING.number(
        14,
        1,
        3_650,
        "days",
        "How long it is kept why a bot spoke, for its Why page and chorus replay; with it are people's words.",
        scopes=FLEET_ONLY,
    )
