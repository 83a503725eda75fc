"""Writes the README's table of environment variables from the fields of Settings.

.venv/bin/python docs/settings_table.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.config import Settings

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN = "<!-- the table of settings begins; docs/settings_table.py writes it -->"
END = "<!-- the table of settings ends -->"
BROUGHT = {"database_url", "broker_url", "cache_url"}
MADE = {"secret_key", "encryption_keys"}


def render_table() -> str:
    """The table as Markdown, in the order of the fields."""
    lines = ["| Variable | What | Default |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{name.upper()}` | {describe(field)} | {default_of(name, field)} |")
    return "\n".join(lines)


def describe(field: FieldInfo) -> str:
    """What the variable means, with its range; a secret is marked as one."""
    text = (field.description or "").replace("|", "\\|")
    low = next((bound for item in field.metadata if (bound := _bound(item, "ge", "gt")) is not None), None)
    high = next((bound for item in field.metadata if (bound := _bound(item, "le", "lt")) is not None), None)
    if low is not None and high is not None:
        text += f" ({low:,} to {high:,})"
    secret = SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))
    return f"{text}. Secret" if secret else text


def _bound(item: Any, *names: str) -> float | None:
    return next((getattr(item, name) for name in names if getattr(item, name, None) is not None), None)


def default_of(name: str, field: FieldInfo) -> str:
    """The default; for required variables, where `chorus up` takes a value from."""
    if name in BROUGHT:
        return "required; `chorus up` brings a server"
    if name in MADE:
        return "required; `chorus up` makes one"
    return "none" if field.default is None else f"`{field.default}`"


def replace_table(readme: str) -> str:
    """The README with the table as it should be. Raises ValueError when the marks around it are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{render_table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(replace_table(README.read_text(encoding="utf-8")), encoding="utf-8")
