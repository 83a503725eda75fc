"""The wordings of prompts, as versioned data: one TOML file each, called by its version.

Whoever changes a rule gives the file a new version; the ledger says which one a request was asked with.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

CHAT = "chat-2"
CHAT_SHORT = "chat-short-2"
DIGEST = "digest-2"
INSIGHT = "insight-2"


@dataclass(frozen=True, slots=True)
class Wording:
    """The rules of a kind of prompt."""

    version: str
    rules: str


@cache
def read_wording(version: str) -> Wording:
    """Returns the wording of a version. Raises ValueError when its file is called otherwise."""
    source = resources.files(__package__).joinpath(f"{version}.toml").read_text(encoding="utf-8")
    told = tomllib.loads(source)
    if told["version"] != version:
        raise ValueError(f"the wording {version} calls itself {told['version']}")
    return Wording(version, told["rules"].strip())
