"""Changes of the list of providers. The first one copies the environment's list, which then counts no longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import structlog
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotFound, Stale
from app.domain.ports import Clock, TokenVault
from app.domain.providers.entry import ProviderEntry, check_entry, check_list
from app.domain.text import check_text
from app.repositories.providers import entries
from app.repositories.providers.entries import StoredProvider
from app.services.providers.listing import from_environment

LONGEST_KEY = 1_000


class Stored(Enum):
    """In place of a new key: the stored one stays."""

    KEY = "key"


NewKey = str | Stored | None

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProviderPorts:
    """What changes of the list need."""

    sessions: SessionFactory
    vault: TokenVault
    settings: Settings
    clock: Clock


def list_stored(sessions: SessionFactory) -> Sequence[StoredProvider]:
    """Returns the operator's own list, without keys in clear; empty while the environment's counts."""
    with sessions() as session:
        return entries.read_all(session)


def adopt(ports: ProviderPorts, by: str) -> Sequence[StoredProvider]:
    """Copies the environment's list, so that it can be edited; does nothing when there is an own one."""
    with ports.sessions.begin() as session:
        return _own(ports, session, by)


def add(ports: ProviderPorts, entry: ProviderEntry, key: str | None, by: str) -> ProviderEntry:
    """Adds an entry at the end of the list; returns it with its id. Raises InvalidInput."""
    check_entry(entry)
    encrypted = _encrypt(ports, key)
    with ports.sessions.begin() as session:
        stored = _own(ports, session, by)
        check_list([*(one.entry for one in stored), entry])
        added = entries.insert(session, entry, encrypted, len(stored), by, ports.clock.now())
    log.info("provider_added", provider=entry.label, username=by)
    return replace(entry, id=added, version=1)


def change(ports: ProviderPorts, entry: ProviderEntry, key: NewKey, by: str) -> ProviderEntry:
    """Writes an entry over that of its id and version; `key` is a new one, None for none, Stored.KEY for the old one.

    Raises InvalidInput, NotFound, and Stale when somebody changed it meanwhile. A new address needs its key again: the
    old one would be sent to a server that it was not meant for.
    """
    check_entry(entry)
    with ports.sessions.begin() as session:
        stored = _own(ports, session, by)
        old = _find(stored, entry.id)
        if old.entry.version != entry.version:
            raise Stale(_who(old))
        moved = (old.entry.url, old.entry.sdk) != (entry.url, entry.sdk)
        if key is Stored.KEY and old.key_encrypted is not None and moved:
            raise InvalidInput("key", "must be entered again for another address: the old key is not sent there")
        check_list([entry if one.entry.id == entry.id else one.entry for one in stored])
        if not entries.replace(session, entry, by, ports.clock.now()):
            raise Stale(_who(old))
        if key is not Stored.KEY:
            entries.set_key(session, entry.id, _encrypt(ports, key))
    log.info("provider_changed", provider=entry.label, username=by)
    return replace(entry, version=entry.version + 1)


def switch(ports: ProviderPorts, provider_id: int, enabled: bool, by: str) -> None:
    """Turns a provider on or off. Raises NotFound, and InvalidInput when nobody would be left for a purpose."""
    with ports.sessions.begin() as session:
        stored = _own(ports, session, by)
        entry = replace(_find(stored, provider_id).entry, enabled=enabled)
        check_list([entry if one.entry.id == provider_id else one.entry for one in stored])
        entries.replace(session, entry, by, ports.clock.now())
    log.info("provider_changed", provider=entry.label, username=by, state="on" if enabled else "off")


def move(ports: ProviderPorts, provider_id: int, steps: int, by: str) -> None:
    """Moves a provider `steps` places towards the end of the list, or with a negative number to its head."""
    with ports.sessions.begin() as session:
        stored = _own(ports, session, by)
        ids = [one.entry.id for one in stored]
        place = ids.index(_find(stored, provider_id).entry.id)
        ids.insert(min(max(0, place + steps), len(ids)), ids.pop(place))
        entries.place(session, ids)
    log.info("providers_ordered", username=by)


def remove(ports: ProviderPorts, provider_id: int, by: str) -> None:
    """Removes a provider with its key. Raises NotFound, and InvalidInput when nobody would be left for a purpose."""
    with ports.sessions.begin() as session:
        stored = _own(ports, session, by)
        entry = _find(stored, provider_id).entry
        check_list([one.entry for one in stored if one.entry.id != provider_id])
        entries.remove(session, provider_id)
    log.info("provider_removed", provider=entry.label, username=by)


def return_to_environment(ports: ProviderPorts, by: str) -> None:
    """Removes the whole list with its keys: from now on the environment's counts."""
    with ports.sessions.begin() as session:
        entries.lock(session)
        entries.clear(session)
    log.info("providers_from_environment", username=by)


def _own(ports: ProviderPorts, session: Session, by: str) -> Sequence[StoredProvider]:
    """Returns the list under a lock, a copy of the environment's when there is none yet."""
    entries.lock(session)
    stored = entries.read_all(session)
    if stored:
        return stored
    for position, listed in enumerate(from_environment(ports.settings).providers):
        key = ports.vault.encrypt(listed.key) if listed.key else None
        entries.insert(session, listed.entry, key, position, by, ports.clock.now())
    return entries.read_all(session)


def _find(stored: Sequence[StoredProvider], provider_id: int) -> StoredProvider:
    found = next((one for one in stored if one.entry.id == provider_id), None)
    if found is None:
        raise NotFound(f"There is no provider {provider_id}.")
    return found


def _who(old: StoredProvider) -> str:
    by = old.updated_by or "somebody"
    return f"{old.entry.label} was changed by {by} at {old.updated_at:%H:%M} UTC: load it again, then make your change."


def _encrypt(ports: ProviderPorts, key: str | None) -> str | None:
    """Returns the ciphertext of a key; None for none. Raises InvalidInput."""
    if not key:
        return None
    check_text("key", key)
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidInput("key", f"must be printable ASCII without blanks, of {LONGEST_KEY} characters at most")
    return ports.vault.encrypt(key)
