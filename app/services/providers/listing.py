"""The list of providers in force: the operator's own, or as long as there is none that of the environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from pydantic import SecretStr

from app.config import Settings
from app.db import SessionFactory
from app.domain.errors import ConfigError
from app.domain.ports import TokenVault
from app.domain.providers.entry import ProviderEntry, has_economy
from app.repositories.providers import entries
from app.repositories.providers.entries import StoredProvider

FALLBACK = "fallback"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ListedProvider:
    """An entry and its key. A stored key that no encryption key opens is `locked`: requests go without it."""

    entry: ProviderEntry
    key: str | None = field(default=None, repr=False)
    locked: bool = False


@dataclass(frozen=True, slots=True)
class ProviderList:
    """The providers in their order; `own` when an operator has edited them."""

    providers: tuple[ListedProvider, ...]
    own: bool = False

    @property
    def entries(self) -> Sequence[ProviderEntry]:
        """Returns the entries alone."""
        return [one.entry for one in self.providers]

    @property
    def has_economy(self) -> bool:
        """Returns whether a model answers while a budget runs out."""
        return has_economy(self.entries)


def read_list(sessions: SessionFactory, vault: TokenVault, settings: Settings) -> ProviderList:
    """Reads the list in force."""
    with sessions() as session:
        stored = entries.read_all(session)
    if not stored:
        return from_environment(settings)
    return ProviderList(tuple(_unlock(one, vault) for one in stored), own=True)


def from_environment(settings: Settings) -> ProviderList:
    """Returns the providers of the variables LLM_…: the main model, the cheaper one, the fallback."""
    s = settings
    main = ProviderEntry(
        name=s.llm_provider,
        model=s.llm_model,
        sdk=s.llm_provider,
        url=s.llm_url,
        requests_per_minute=s.llm_rpm,
        tokens_per_minute=s.llm_tpm,
        requests_per_day=s.llm_rpd,
        tokens_per_day=s.llm_tpd,
        answer_format=s.llm_answer_format,
        reasoning=s.llm_reasoning,
        max_in_flight=s.llm_max_in_flight,
    )
    found = [ListedProvider(main, _reveal(s.llm_api_key))]
    if s.llm_economy_model:
        economy = ProviderEntry(
            name=s.llm_provider,
            model=s.llm_economy_model,
            sdk=s.llm_provider,
            url=s.llm_url,
            requests_per_minute=s.llm_economy_rpm,
            tokens_per_minute=s.llm_economy_tpm,
            economy=True,
            answer_format=s.llm_answer_format,
            reasoning=s.llm_reasoning,
            max_in_flight=s.llm_max_in_flight,
        )
        found.append(ListedProvider(economy, _reveal(s.llm_api_key)))
    if s.llm_fallback_model:
        found.append(_fallback(s, [one.entry.label for one in found]))
    return ProviderList(tuple(found))


def _fallback(s: Settings, labels: Sequence[str]) -> ListedProvider:
    sdk = s.llm_fallback_provider or "openai"
    entry = ProviderEntry(
        name=FALLBACK if f"{sdk}:{s.llm_fallback_model}" in labels else sdk,
        model=s.llm_fallback_model or "",
        sdk=sdk,
        url=s.llm_fallback_url,
        requests_per_minute=s.llm_fallback_rpm,
        tokens_per_minute=s.llm_fallback_tpm,
        requests_per_day=s.llm_fallback_rpd,
        tokens_per_day=s.llm_fallback_tpd,
        max_in_flight=s.llm_max_in_flight,
    )
    return ListedProvider(entry, _reveal(s.llm_fallback_key))


def _unlock(stored: StoredProvider, vault: TokenVault) -> ListedProvider:
    if stored.key_encrypted is None:
        return ListedProvider(stored.entry)
    try:
        return ListedProvider(stored.entry, vault.decrypt(stored.key_encrypted))
    except ConfigError:
        log.error("provider_key_locked", provider=stored.entry.label)
        return ListedProvider(stored.entry, locked=True)


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
