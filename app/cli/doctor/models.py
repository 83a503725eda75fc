"""Checks of the language models: the first provider, the economy model, and the fallback."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from pydantic import SecretStr

from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.config import Settings

_HOMES = {"openai": "https://api.openai.com/v1", "groq": "https://api.groq.com"}
_PATHS = {"openai": "/models", "groq": "/openai/v1/models"}
"""Paths as the SDKs build them: Groq's adds the first part of the path to any address."""

_SECONDS = 10.0


def check_models(settings: Settings) -> Iterator[Check]:
    """Checks that every configured provider answers and accepts its key."""
    variable = f"{settings.llm_provider.upper()}_API_KEY"
    if settings.llm_url is None and settings.llm_api_key is None:
        yield skipped("model", f"no {variable} and no LLM_URL; `chorus up` would use its sandbox")
    else:
        models = ", ".join(filter(None, (settings.llm_model, settings.llm_economy_model)))
        yield _ask("model", settings.llm_provider, settings.llm_url, settings.llm_api_key, models, variable, "LLM_URL")
    if settings.llm_fallback_model is None:
        yield skipped("fallback model", "no LLM_FALLBACK_MODEL: while the provider is away, prompts wait")
        return
    yield _ask(
        "fallback model",
        settings.llm_fallback_provider or "openai",
        settings.llm_fallback_url,
        settings.llm_fallback_key,
        settings.llm_fallback_model,
        "LLM_FALLBACK_API_KEY",
        "LLM_FALLBACK_URL",
    )


def _ask(
    name: str, provider: str, url: str | None, key: SecretStr | None, models: str, key_variable: str, url_variable: str
) -> Check:
    address = f"{url or _HOMES[provider]}{_PATHS[provider]}"
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        status = httpx.get(address, headers=headers, timeout=_SECONDS).status_code
    except httpx.HTTPError as error:
        return failed(name, f"{address}: {type(error).__name__}", f"check {url_variable} and the network")
    if status in (401, 403):
        return failed(name, f"{address} refuses the key (HTTP {status})", f"correct {key_variable}")
    if status >= 400:
        hint = "in /v1" if provider == "openai" else "without /openai/v1, which Groq's SDK adds"
        return warned(
            name, f"{address} answers HTTP {status}", f"check that {url_variable} ends as needed, often {hint}"
        )
    return passed(name, f"{address} answers; {models}")
