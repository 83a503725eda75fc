"""The options of one start of the stack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SANDBOX = "sandbox"


@dataclass(frozen=True)
class UpOptions:
    """The options of `chorus up`; None means the environment's value, else the default.

    `telegram_url` and `llm_url` may be `sandbox`. `processes` are further commands to supervise, as (name, argv).
    `sandbox_args` are passed on to a sandbox, by its name (`telegram`, `llm`). Without `spend` no model is tried.
    """

    var: Path
    web_port: int | None = None
    telegram_url: str | None = None
    llm_url: str | None = None
    tick_workers: int = 1
    io_workers: int = 1
    flower: bool = True
    spend: bool = True
    processes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sandbox_args: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def arguments_of(self, sandbox: str) -> tuple[str, ...]:
        """Returns the further arguments of one sandbox."""
        return dict(self.sandbox_args).get(sandbox, ())
