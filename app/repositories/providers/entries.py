"""The list of providers that an operator edits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.domain.money import Price
from app.domain.providers.entry import SDK, AnswerFormatWish, ProviderEntry, Purpose, ReasoningWish
from app.models import LLMProvider

LOCK = text("select pg_advisory_xact_lock(hashtext('llm_providers'))")
"""One change of the list at a time: what is left for a purpose is judged over all of its rows."""

PLAIN = (
    "name",
    "model",
    "sdk",
    "url",
    "requests_per_minute",
    "tokens_per_minute",
    "requests_per_day",
    "tokens_per_day",
    "economy",
    "enabled",
    "answer_format",
    "reasoning",
    "max_in_flight",
)


@dataclass(frozen=True, slots=True)
class StoredProvider:
    """An entry with its encrypted key, and who changed it last, when."""

    entry: ProviderEntry
    key_encrypted: str | None = field(repr=False)
    updated_by: str | None
    updated_at: dt.datetime


def lock(session: Session) -> None:
    """Makes other changes of the list wait for the end of this transaction."""
    session.execute(LOCK)


def read_all(session: Session) -> Sequence[StoredProvider]:
    """Returns the list in its order; empty while the environment's counts."""
    rows = session.scalars(select(LLMProvider).order_by(LLMProvider.position, LLMProvider.id))
    return tuple(_stored(row) for row in rows)


def insert(
    session: Session, entry: ProviderEntry, key_encrypted: str | None, position: int, by: str | None, now: dt.datetime
) -> int:
    """Adds an entry; returns its id."""
    row = LLMProvider(
        position=position, key_encrypted=key_encrypted, updated_by=by, updated_at=now, version=1, **_values(entry)
    )
    session.add(row)
    session.flush()
    return row.id


def replace(session: Session, entry: ProviderEntry, by: str | None, now: dt.datetime) -> bool:
    """Writes an entry over the row of its id, if that still has its version; the key stays."""
    changed = session.execute(
        update(LLMProvider)
        .where(LLMProvider.id == entry.id, LLMProvider.version == entry.version)
        .values(version=entry.version + 1, updated_by=by, updated_at=now, **_values(entry))
        .returning(LLMProvider.id)
    )
    return changed.first() is not None


def set_key(session: Session, provider_id: int, key_encrypted: str | None) -> None:
    """Stores a key, or removes it."""
    session.execute(update(LLMProvider).where(LLMProvider.id == provider_id).values(key_encrypted=key_encrypted))


def replace_key(session: Session, provider_id: int, old: str, new: str) -> bool:
    """Replaces a ciphertext by that of the same key, unless the key was changed meanwhile."""
    changed = session.execute(
        update(LLMProvider)
        .where(LLMProvider.id == provider_id, LLMProvider.key_encrypted == old)
        .values(key_encrypted=new)
        .returning(LLMProvider.id)
    )
    return changed.first() is not None


def place(session: Session, ids: Sequence[int]) -> None:
    """Orders the list by `ids`."""
    for position, provider_id in enumerate(ids):
        session.execute(update(LLMProvider).where(LLMProvider.id == provider_id).values(position=position))


def remove(session: Session, provider_id: int) -> None:
    """Removes an entry."""
    session.execute(delete(LLMProvider).where(LLMProvider.id == provider_id))


def clear(session: Session) -> None:
    """Removes the whole list: the environment's counts again."""
    session.execute(delete(LLMProvider))


def _values(entry: ProviderEntry) -> dict[str, Any]:
    price = entry.price
    return {
        **{name: getattr(entry, name) for name in PLAIN},
        "purposes": sorted(entry.purposes),
        "price_prompt": price.prompt if price else None,
        "price_cached": price.cached if price else None,
        "price_answer": price.answer if price else None,
    }


def _stored(row: LLMProvider) -> StoredProvider:
    prices = (row.price_prompt, row.price_cached, row.price_answer)
    told = [dollars for dollars in prices if dollars is not None]
    entry = ProviderEntry(
        id=row.id,
        version=row.version,
        name=row.name,
        model=row.model,
        sdk=cast(SDK, row.sdk),
        url=row.url,
        requests_per_minute=row.requests_per_minute,
        tokens_per_minute=row.tokens_per_minute,
        requests_per_day=row.requests_per_day,
        tokens_per_day=row.tokens_per_day,
        purposes=frozenset(cast(Sequence[Purpose], row.purposes)),
        economy=row.economy,
        enabled=row.enabled,
        price=Price(*told) if len(told) == len(prices) else None,
        answer_format=cast(AnswerFormatWish, row.answer_format),
        reasoning=cast(ReasoningWish, row.reasoning),
        max_in_flight=row.max_in_flight,
    )
    return StoredProvider(entry, row.key_encrypted, row.updated_by, row.updated_at)
