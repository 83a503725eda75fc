"""The operator's configuration before Settings are read, and the variables that the stack adds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from app.config import ENV_FILE

SERVER_VARIABLES = ("DATABASE_URL", "BROKER_URL", "CACHE_URL")
KEY_FILES = {"SECRET_KEY": "secret_key", "ENCRYPTION_KEYS": "encryption_key"}
DEFAULT_VAR = Path("var")
CHOICES = "choices.json"


def operator_value(name: str) -> str | None:
    """Returns the operator's value of a variable in the environment or `.env`; None when missing or empty."""
    value = os.environ.get(name) or _env_file().get(name) or _env_file().get(name.lower())
    return value or None


def is_configured(name: str) -> bool:
    """Whether the operator gave a variable, directly or by `NAME_FILE`."""
    return operator_value(name) is not None or bool(os.environ.get(f"{name}_FILE"))


def find_var(option: Path | None) -> Path:
    """Returns the installation's folder: the option, else VAR_DIR, else `var` below the working folder."""
    return option or Path(operator_value("VAR_DIR") or DEFAULT_VAR)


def adopt_installation(var: Path) -> None:
    """Sets the servers, addresses and keys that `chorus up` uses on `var` in this process's environment.

    Only variables that the operator did not give are set, the secret ones as `NAME_FILE`. Without an installation
    nothing changes.
    """
    os.environ.setdefault("VAR_DIR", str(var))
    names = {name: name.lower() for name in SERVER_VARIABLES} | KEY_FILES
    for name, file_name in names.items():
        file = var / "keys" / file_name
        if not is_configured(name) and file.is_file():
            os.environ[f"{name}_FILE"] = str(file.absolute())
    for name, value in _remembered(var).items():
        if not is_configured(name):
            os.environ[name] = value


def publish(additions: Mapping[str, str]) -> None:
    """Sets variables in this process's environment, which every child inherits."""
    os.environ.update(additions)


def remember(var: Path, choices: Mapping[str, str]) -> None:
    """Stores the addresses that a start has chosen (nothing secret), for short commands in another terminal."""
    (var / CHOICES).write_text(json.dumps(dict(choices), indent=2) + "\n", encoding="utf-8")


def _remembered(var: Path) -> dict[str, str]:
    try:
        found = json.loads((var / CHOICES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _env_file() -> Mapping[str, str | None]:
    return dotenv_values(ENV_FILE) if Path(ENV_FILE).is_file() else {}
