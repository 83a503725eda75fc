"""A provider and its state as JSON-ready values, for the API and `chorus providers`. No key is part of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from app.domain.money import Price
from app.domain.providers.entry import PURPOSES
from app.domain.providers.troubles import ProviderTrouble
from app.domain.providers.words import tell_capabilities
from app.repositories.providers.capabilities import CapabilityRecord
from app.services.providers.checks import Checked
from app.services.providers.state import ProviderState


def show_state(state: ProviderState) -> dict[str, Any]:
    """A listed provider; `id` and `version` are null for one of the environment, `price` for that of the price list."""
    entry = state.entry
    return {
        **asdict(entry),
        "id": entry.id or None,
        "version": entry.version or None,
        "url": entry.shown_url,
        "purposes": [purpose for purpose in PURPOSES if purpose in entry.purposes],
        "price": _price(entry.price) if entry.price else None,
        "price_in_force": _price(state.price),
        "has_key": state.has_key,
        "key_locked": state.locked,
        "state": state.word,
        "rests_s": state.rests_s,
        "places": state.places,
        "trouble": _trouble(state.trouble) if state.trouble else None,
        "figures": asdict(state.figures),
        "failures": [{**asdict(one), "created_at": _time(one.created_at)} for one in state.failures],
        "learned": _learned(state.known) if state.known else None,
        "updated_by": state.updated_by,
        "updated_at": _time(state.updated_at) if state.updated_at else None,
    }


def show_checked(checked: Checked) -> dict[str, Any]:
    """What came of a check."""
    return {**asdict(checked), "seconds": round(checked.seconds, 3), "repairs": list(checked.repairs)}


def _price(price: Price) -> dict[str, float]:
    return asdict(price)


def _trouble(trouble: ProviderTrouble) -> dict[str, Any]:
    told = {"fault": trouble.fault, "sentence": trouble.sentence, "requests": trouble.requests}
    return {**told, "since": _time(trouble.since), "words": trouble.what, "cure": trouble.cure}


def _learned(known: CapabilityRecord) -> dict[str, Any]:
    told = {"words": list(tell_capabilities(known.capabilities)), "reason": known.reason}
    return {**known.capabilities.to_json(), **told, "learned_at": _time(known.learned_at)}


def _time(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat()
