"""The scene's providers: the usual one, a cheaper one, and a server of the operator's own that was away for a while."""

from __future__ import annotations

import datetime as dt

from app.bootstrap import Runtime
from app.domain.money import Price
from app.domain.providers.capabilities import Capabilities
from app.domain.providers.entry import ProviderEntry
from app.models import LLMCapability, LLMRequest
from app.services.providers import editing

OFFICE = "http://127.0.0.1:9/office/v1"
REASON = "'tools' is not supported by this server; start it with --jinja to use functions"


def set_providers(runtime: Runtime) -> None:
    """An own list of four, of which one is turned off."""
    edits = runtime.provider_edits
    luna = ProviderEntry(
        "openai", "gpt-6-luna", url=runtime.settings.llm_url, economy=True, price=Price(0.1, 0.025, 0.4)
    )
    office = ProviderEntry(
        "office",
        "qwen3-8b-instruct",
        url=OFFICE,
        purposes=frozenset({"ambient", "bulk"}),
        requests_per_minute=20,
        tokens_per_minute=12_000,
        requests_per_day=4000,
    )
    spare = ProviderEntry("groq", "llama-4-scout-17b-16e-instruct", sdk="groq", enabled=False)
    editing.adopt(edits, "deniz")
    for entry, key in ((luna, "sk-1"), (office, None), (spare, "gsk-1")):
        editing.add(edits, entry, key, "deniz")
    now = runtime.clock.now()
    with runtime.sessions.begin() as session:
        for seconds, outcome in ((1500, "unavailable"), (1440, "unavailable"), (300, ""), (50, ""), (20, "")):
            session.add(_request(now - dt.timedelta(seconds=seconds), outcome))
        facts = Capabilities("json_object", streams=True, thinking="switchable").to_json()
        at = now - dt.timedelta(hours=3)
        session.add(LLMCapability(server=OFFICE, model=office.model, facts=facts, reason=REASON, learned_at=at))
    runtime.chains.listed.forget()


def _request(at: dt.datetime, outcome: str) -> LLMRequest:
    usual = {
        "lane": "chat.ambient",
        "provider": "office",
        "model": "qwen3-8b-instruct",
        "prompts": 2,
        "lease_until": at,
    }
    if outcome:
        failed = {"fault": "unreachable", "sentence": "Connection refused", "outcome": outcome}
        return LLMRequest(**usual, **failed, answered=0, created_at=at)
    counted = {"tokens_in": 4200, "tokens_out": 310, "latency_ms": 7900}
    return LLMRequest(**usual, **counted, answered=2, outcome="answered", created_at=at)
