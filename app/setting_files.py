"""Settings from files: `NAME_FILE` names the file that holds the value of `NAME`, as a mounted secret."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic_settings import EnvSettingsSource


class FileSource(EnvSettingsSource):
    """Reads `NAME` from the file that `NAME_FILE` names; `unreadable_files` tells of files that cannot be read."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = _named_file(field_name, self.config.get("env_file"))
        return (_read_file(path)[0] if path else None), field_name, False


def unreadable_files(names: Iterable[str], env_file: Any) -> dict[str, str]:
    """Returns one line a `NAME_FILE` that cannot be read, by field."""
    lines = {}
    for name in sorted(names):
        path = _named_file(name, env_file)
        if path and not os.environ.get(name.upper()) and (why := _read_file(path)[1]):
            lines[name] = f"{name.upper()}_FILE: cannot read {path}: {why}"
    return lines


def _named_file(name: str, env_file: Any) -> str | None:
    """Returns the path that `NAME_FILE` gives for a field, in the environment or in `env_file`."""
    variable = f"{name.upper()}_FILE"
    return os.environ.get(variable) or (dotenv_values(str(env_file)).get(variable) if env_file else None) or None


def _read_file(path: str) -> tuple[str | None, str]:
    """Returns the text of a file, or None and why it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8").strip(), ""
    except OSError as error:
        return None, error.strerror or "it cannot be opened"
    except UnicodeDecodeError:
        return None, "it is not UTF-8 text"
