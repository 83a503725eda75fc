"""Prices of models, read from `prices.toml` beside this file and from the operator's own file."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.errors import ConfigError
from app.domain.money import FREE, Price

SHIPPED = Path(__file__).with_name("prices.toml")
EXAMPLE = '"gpt-4o-mini" = { prompt = 0.15, cached = 0.075, answer = 0.60 }'
FIELDS = ("prompt", "cached", "answer")

_VERSION = re.compile(r"[-@:](\d[\w.-]*|latest|preview[\w.-]*|exp[\w.-]*)")
"""Suffixes of a listed name: a dated snapshot, a preview. A word such as -mini or -pro is another model."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by provider and model; `checked` is the day when they were last compared with their source."""

    prices: Mapping[str, Mapping[str, Price]]
    checked: dt.date | None = None

    def of(self, provider: str, model: str, own_server: bool) -> Price:
        """Returns the price of `model` at `provider`; that of another provider if only its table has the name.

        A version of a listed model (`gpt-4o-mini-2024-07-18`) has the price of its longest listed prefix. An unlisted
        model is free on the operator's own server, and elsewhere has the highest of all listed prices, so that budgets
        hold.
        """
        found = self.find(provider, model)
        if found is not None:
            return found
        return FREE if own_server else self.dearest

    def find(self, provider: str, model: str) -> Price | None:
        """Returns the listed price, or None."""
        own = self.prices.get(provider, {})
        others = {name: price for table in self.prices.values() for name, price in table.items()}
        return _look_up(own, model) or _look_up(others, model)

    def knows(self, model: str) -> bool:
        """Returns whether any provider's table has the model."""
        return self.find("", model) is not None

    @property
    def dearest(self) -> Price:
        """Returns the highest of all listed prices for each kind of token."""
        listed = [price for table in self.prices.values() for price in table.values()]
        return Price(*(max((getattr(price, field) for price in listed), default=0.0) for field in FIELDS))


def load_prices(override: Path | None = None) -> PriceList:
    """Loads the shipped prices, extended and overridden by the file `override`.

    Raises ConfigError naming the file, the line or the field, and what to write there.
    """
    shipped = _read(SHIPPED)
    if override is None:
        return shipped
    own = _read(override)
    providers = shipped.prices.keys() | own.prices.keys()
    merged = {name: {**shipped.prices.get(name, {}), **own.prices.get(name, {})} for name in sorted(providers)}
    return PriceList(merged, own.checked or shipped.checked)


def _look_up(table: Mapping[str, Price], model: str) -> Price | None:
    if model in table:
        return table[model]
    versions = [name for name in table if model.startswith(name) and _VERSION.fullmatch(model[len(name) :])]
    return table[max(versions, key=len)] if versions else None


def _read(path: Path) -> PriceList:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refuse(path, f"cannot be read: {error.strerror}; name a TOML file, or unset it") from None
    except UnicodeDecodeError:
        raise _refuse(path, "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise _refuse(path, f"is not TOML: {error}; a line must look like {EXAMPLE}") from None
    checked = content.pop("checked", None)
    if checked is not None and not isinstance(checked, dt.date):
        raise _refuse(path, "checked: must be a day such as 2026-11-23, without quotes")
    return PriceList({name: _table(path, name, raw) for name, raw in content.items()}, checked)


def _table(path: Path, provider: str, raw: Any) -> dict[str, Price]:
    if not isinstance(raw, dict):
        raise _refuse(path, f"{provider}: must be a table; put [openai] or [groq] on a line above {EXAMPLE}")
    return {model: _price(path, f'{provider}."{model}"', fields) for model, fields in raw.items()}


def _price(path: Path, where: str, raw: Any) -> Price:
    if not isinstance(raw, dict):
        raise _refuse(path, f"{where}: must look like {EXAMPLE}")
    unknown = raw.keys() - set(FIELDS)
    if unknown:
        raise _refuse(path, f"{where}.{min(unknown)}: is not known; use {', '.join(FIELDS)}")
    values = {"cached": raw.get("prompt"), **raw}
    for field in FIELDS:
        value = values.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise _refuse(path, f"{where}.{field}: must be US dollars a million tokens, 0 or more, such as 0.15")
    return Price(*(float(values[field]) for field in FIELDS))


def _refuse(path: Path, why: str) -> ConfigError:
    return ConfigError([f"LLM_PRICES_FILE: {path}: {why}"])
