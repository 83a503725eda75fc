"""Telegram and the language model: the real services or their sandboxes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from app.cli.stack.environment import is_configured, operator_value
from app.cli.stack.errors import StackError
from app.cli.stack.options import SANDBOX, UpOptions
from app.cli.stack.plan import ProcessSpec
from app.cli.stack.ports import PortBook
from app.cli.stack.probes import accepts
from app.config import Settings
from app.domain.lanes.lane import MOST_IN_FLIGHT

TELEGRAM = "https://api.telegram.org"
NO_SANDBOX = (
    "the sandbox is not part of this installation: name real servers with --telegram-url and --llm-url, or run a"
    " checkout of the repository"
)


@dataclass(frozen=True)
class Outside:
    """An external service: the variables that point at it, a line for the screen, and its sandbox's ports if any."""

    additions: Mapping[str, str]
    description: str
    ports: Mapping[str, int] = field(default_factory=dict)


def choose_llm(options: UpOptions, ports: PortBook) -> Outside:
    """Returns the provider whose key is set, or the requested server; without either, the sandbox."""
    url = options.llm_url or operator_value("LLM_URL")
    keys = [name for name in ("OPENAI_API_KEY", "GROQ_API_KEY") if is_configured(name)]
    if url == SANDBOX or (url is None and not keys):
        port = ports.choose("sandbox-llm")
        place = {"LLM_URL": f"http://127.0.0.1:{port}/v1", "LLM_PROVIDER": "openai", "OPENAI_API_KEY": SANDBOX}
        place["LLM_MAX_IN_FLIGHT"] = operator_value("LLM_MAX_IN_FLIGHT") or str(MOST_IN_FLIGHT)
        why = "" if keys else "; set OPENAI_API_KEY or GROQ_API_KEY for a real one"
        return Outside(place, f"sandbox: invented sentences, no model{why}", {"--port": port})
    if url is not None:
        return Outside({"LLM_URL": url}, url)
    if keys == ["GROQ_API_KEY"] and not is_configured("LLM_PROVIDER"):
        return Outside({"LLM_PROVIDER": "groq"}, "Groq (GROQ_API_KEY)")
    provider = operator_value("LLM_PROVIDER") or "openai"
    return Outside({}, "Groq (GROQ_API_KEY)" if provider == "groq" else "OpenAI (OPENAI_API_KEY)")


def choose_telegram(options: UpOptions, ports: PortBook) -> Outside:
    """Returns Telegram itself unless another server or the sandbox is requested."""
    url = options.telegram_url or operator_value("TELEGRAM_URL") or TELEGRAM
    if url != SANDBOX:
        return Outside({"TELEGRAM_URL": url}, url)
    port, control = ports.choose("sandbox-telegram"), ports.choose("sandbox-telegram-control")
    place = {"TELEGRAM_URL": f"http://127.0.0.1:{port}", "SANDBOX_CONTROL_URL": f"http://127.0.0.1:{control}"}
    used = {"--port": port, "--control-port": control}
    return Outside(place, "sandbox: nothing reaches the real Telegram", used)


def sandbox_spec(name: str, outside: Outside, journal: Path, extra: tuple[str, ...]) -> ProcessSpec:
    """Returns the process of one sandbox (`telegram` or `llm`), with its journal at `journal`.

    Raises StackError where the sandbox is not installed, as in the image.
    """
    if find_spec("sandbox") is None:
        raise StackError(NO_SANDBOX)
    journal.parent.mkdir(parents=True, exist_ok=True)
    ports = tuple(word for option, port in outside.ports.items() for word in (option, str(port)))
    argv = (sys.executable, "-m", "sandbox", name, *ports, "--journal", str(journal), *extra)
    ready = partial(accepts, "127.0.0.1", outside.ports["--port"])
    return ProcessSpec(f"sandbox-{name}", argv, wait_ready=ready, graceful_timeout=3.0)


def llm_limits(settings: Settings) -> tuple[str, ...]:
    """Returns sandbox arguments that set the same rate limits as Chorus's settings."""
    return ("--rpm", str(settings.llm_rpm), "--tpm", str(settings.llm_tpm))
