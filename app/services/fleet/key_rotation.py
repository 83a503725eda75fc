"""Re-encryption of what is stored under an older key, while everything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import ConfigError
from app.domain.ports import TokenVault
from app.repositories.fleet import tokens
from app.repositories.fleet.tokens import Ciphertexts
from app.repositories.providers import entries as providers

BATCH = 100

Replace = Callable[[Session, int, str, str], bool]


@dataclass(frozen=True, slots=True)
class Rotated:
    """Counts of all ciphertexts (tokens, sessions and keys of providers): re-encrypted, and unchanged.

    `overtaken` were changed by somebody else meanwhile, and with a newer key than this process may know; `unreadable`
    names the bots and providers whose ciphertexts no key decrypts.
    """

    rotated: int
    newest_already: int
    overtaken: int
    unreadable: tuple[str, ...]


def rotate_keys(
    sessions: SessionFactory,
    vault: TokenVault,
    *,
    dry_run: bool = False,
    tell: Callable[[int], None] = lambda bots: None,
) -> Rotated:
    """Re-encrypts every token, session and provider's key under the newest key, one transaction a batch of bots.

    It may be interrupted and repeated: what is under the newest key is left alone. A ciphertext that changed since it
    was read, because an operator entered a new token or a listener stored a new session, is left as it is. `tell` is
    called with the number of bots done after each batch. A dry run counts and writes nothing.
    """
    tally, after, done = _Tally(), 0, 0
    while True:
        with sessions.begin() as session:
            batch = tokens.ciphertexts_after(session, after, BATCH)
            for stored in batch:
                _rotate_bot(session, vault, stored, tally, dry_run)
        if not batch:
            break
        after, done = batch[-1].bot_id, done + len(batch)
        tell(done)
    with sessions.begin() as session:
        for listed in providers.read_all(session):
            label = listed.entry.label
            _rotate(
                session, vault, label, listed.entry.id, (listed.key_encrypted, providers.replace_key), tally, dry_run
            )
    return tally.total()


class _Tally:
    """Counts during a rotation."""

    def __init__(self) -> None:
        self.rotated = self.newest_already = self.overtaken = 0
        self.unreadable: dict[str, None] = {}

    def total(self) -> Rotated:
        return Rotated(self.rotated, self.newest_already, self.overtaken, tuple(self.unreadable))


def _rotate_bot(session: Session, vault: TokenVault, stored: Ciphertexts, tally: _Tally, dry_run: bool) -> None:
    for part in ((stored.token, tokens.replace_token), (stored.session, tokens.replace_session)):
        _rotate(session, vault, f"@{stored.username}", stored.bot_id, part, tally, dry_run)


def _rotate(
    session: Session,
    vault: TokenVault,
    name: str,
    owner_id: int,
    part: tuple[str | None, Replace],
    tally: _Tally,
    dry_run: bool,
) -> None:
    old, replace = part
    if old is None:
        return
    try:
        new = vault.rotate(old)
    except ConfigError:
        tally.unreadable[name] = None
        return
    if new is None:
        tally.newest_already += 1
    elif dry_run or replace(session, owner_id, old, new):
        tally.rotated += 1
    else:
        tally.overtaken += 1
