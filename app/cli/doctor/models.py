"""Checks of the language models: one real, small request to each provider of the list, in the form that bots use."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.llm.profile import Wishes
from app.bootstrap import Runtime, build_runtime
from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.config import Settings
from app.domain.errors import LLMError
from app.domain.money import MICROS
from app.domain.providers.troubles import ProviderTrouble
from app.services.providers.checks import Checked, check_client, record_check
from app.services.providers.listing import ListedProvider, from_environment

_HOMES = {"openai": "https://api.openai.com/v1", "groq": "https://api.groq.com"}
_PATHS = {"openai": "/models", "groq": "/openai/v1/models"}
"""Paths as the SDKs build them: Groq's adds the first part of the path to any address."""

_SECONDS = 10.0
NAME = "model"


def check_models(settings: Settings, *, spend: bool = True) -> Iterator[Check]:
    """Checks that every provider of the list answers; without `spend` only that it is there and takes the key.

    A request is paid for, and costs less than a cent.
    """
    runtime = build_runtime(settings)
    try:
        yield from _check_all(runtime, spend)
    finally:
        runtime.close()


def _check_all(runtime: Runtime, spend: bool) -> Iterator[Check]:
    try:
        listed, shared = runtime.chains.listed.read(), True
    except SQLAlchemyError:
        listed, shared = from_environment(runtime.settings), False
    answering = [one for one in listed.providers if one.entry.enabled]
    for one in answering:
        if not one.key and not one.entry.own_server:
            missing = f"{one.entry.label} has no key and no address of its own"
            yield skipped(NAME, missing if listed.own else f"{missing}; `chorus up` would use its sandbox")
        elif spend:
            yield ask(runtime, one, shared=shared)
        else:
            yield _look(one)
    if sum("answers" in one.entry.purposes and not one.entry.economy for one in answering) < 2:
        yield skipped("fallback model", "only one provider answers people: while it is away, prompts wait")


def ask(runtime: Runtime, listed: ListedProvider, *, shared: bool = True) -> Check:
    """Makes one real request; it counts in the ledger, and what is learned of the model is kept, if `shared`."""
    entry = listed.entry
    client = runtime.chains.client(listed, Wishes(entry.answer_format, entry.reasoning), shared=shared)
    try:
        checked, error = check_client(client, runtime.chains.price_of(entry), runtime.settings.llm_timeout_s)
    finally:
        client.close()
    if shared:
        record_check(runtime.sessions, runtime.clock, client, checked, error)
    if error is None:
        return passed(NAME, f"{entry.label} at {client.server} answers: {_tell(checked)}")
    return failed(NAME, f"{entry.label} at {client.server}: {checked.said}", _cure(runtime, listed, error))


def _tell(checked: Checked) -> str:
    tokens = checked.tokens_in + checked.tokens_out
    return f"“{checked.said}” after {checked.seconds:.1f} s, {tokens} tokens, ${checked.micros / MICROS:.5f}"


def _cure(runtime: Runtime, listed: ListedProvider, error: LLMError) -> str:
    entry = listed.entry
    if listed.locked:
        return "enter its key again on the Providers page: no key of ENCRYPTION_KEYS opens the stored one"
    trouble = ProviderTrouble(entry.name, entry.model, error.fault, error.sentence, runtime.clock.now(), 1)
    return trouble.cure


def _look(listed: ListedProvider) -> Check:
    """Looks whether the server is there and takes the key, without a request to the model."""
    entry = listed.entry
    address = f"{entry.url or _HOMES[entry.sdk]}{_PATHS[entry.sdk]}"
    headers = {"Authorization": f"Bearer {listed.key}"} if listed.key else {}
    try:
        status = httpx.get(address, headers=headers, timeout=_SECONDS).status_code
    except httpx.HTTPError as error:
        return failed(NAME, f"{address}: {type(error).__name__}", "check its address and the network")
    if status in (401, 403):
        return failed(NAME, f"{address} refuses the key (HTTP {status})", "enter a key that it accepts")
    if status >= 400:
        hint = "in /v1" if entry.sdk == "openai" else "without /openai/v1, which Groq's SDK adds"
        return warned(NAME, f"{address} answers HTTP {status}", f"check that its address ends as needed, often {hint}")
    return passed(NAME, f"{address} is there; {entry.model} was not asked")
