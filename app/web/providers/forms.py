"""Forms of the providers section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from app.domain.errors import InvalidInput
from app.domain.money import Price
from app.domain.providers.entry import (
    MOST_DOLLARS,
    PURPOSES,
    SDK,
    AnswerFormatWish,
    ProviderEntry,
    Purpose,
    ReasoningWish,
)
from app.domain.providers.words import FORMAT_WISHES, REASONING_WISHES
from app.services.providers.editing import NewKey, Stored

WHOLE = re.compile(r"[0-9]{1,18}")
DOLLARS = re.compile(r"[0-9]{1,9}([.,][0-9]{1,9})?")
NUMBERS = (
    "requests_per_minute",
    "tokens_per_minute",
    "requests_per_day",
    "tokens_per_day",
    "max_in_flight",
)
MAY_BE_EMPTY = frozenset({"requests_per_day", "tokens_per_day", "max_in_flight"})
PRICES = ("price_prompt", "price_cached", "price_answer")


def _choices(words: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(value, text) for value, text in words.items()]


def _choice(label: str, words: Mapping[Any, str], description: str = "") -> SelectField:
    return SelectField(label, choices=_choices(words), validate_choice=False, description=description)


class ProviderForm(FlaskForm):  # type: ignore[misc]
    """The form of one provider. The key is never rendered; what is typed into the others is, whatever it is."""

    version = HiddenField("Version")
    name = StringField("Name", description="In pages, metrics and logs: a-z, 0-9, dot, dash and underscore.")
    model = StringField("Model", description="As the provider names it.")
    sdk = _choice(
        "SDK",
        {"openai": "OpenAI, and every compatible server", "groq": "Groq"},
        "Groq's adds /openai/v1 to a URL.",
    )
    url = StringField("URL", description="Base URL of a compatible server. Empty: the provider's own.")
    key = PasswordField("Key")
    no_key = BooleanField("No key: remove the stored one")
    purposes = SelectMultipleField("What it is for", choices=_choices(PURPOSES), validate_choice=False)
    economy = BooleanField(
        "Saves money", description="Then it answers while a budget runs out, and what is in bulk, before the others."
    )
    requests_per_minute = StringField("Requests a minute")
    tokens_per_minute = StringField("Tokens a minute")
    requests_per_day = StringField("Requests a day", description="0: no limit.")
    tokens_per_day = StringField("Tokens a day", description="0: no limit.")
    price_prompt = StringField("Prompt")
    price_cached = StringField("Cached", description="Empty: as the prompt.")
    price_answer = StringField("Answer")
    answer_format = _choice("Answers are asked for by", FORMAT_WISHES)
    reasoning = _choice("Thinking before an answer", REASONING_WISHES)
    max_in_flight = StringField("Most requests in flight", description="0: learned from the time that they take.")

    def read_entry(self, provider_id: int = 0, enabled: bool = True) -> ProviderEntry:
        """Returns the entry that was typed. Raises InvalidInput naming the field that is no number."""
        return ProviderEntry(
            id=provider_id,
            version=int(_text(self.version)) if WHOLE.fullmatch(_text(self.version)) else 0,
            name=_text(self.name),
            model=_text(self.model),
            sdk=cast(SDK, _text(self.sdk)),
            url=_text(self.url) or None,
            purposes=frozenset(cast(list[Purpose], self.purposes.data or [])),
            economy=bool(self.economy.data),
            enabled=enabled,
            price=self._read_price(),
            answer_format=cast(AnswerFormatWish, _text(self.answer_format)),
            reasoning=cast(ReasoningWish, _text(self.reasoning)),
            **{name: self._read_number(name) for name in NUMBERS},
        )

    def read_key(self) -> NewKey:
        """Returns the key that was typed, None to have none, Stored.KEY to keep the stored one."""
        typed = _text(self.key)
        if typed and self.no_key.data:
            raise InvalidInput("key", "was typed although none is wanted: leave one of both")
        if typed:
            return typed
        return None if self.no_key.data else Stored.KEY

    def _read_number(self, name: str) -> int:
        typed = _text(self._fields[name])
        if not typed and name in MAY_BE_EMPTY:
            return 0
        if not WHOLE.fullmatch(typed):
            raise InvalidInput(name, "must be a whole number, in digits only")
        return int(typed)

    def _read_price(self) -> Price | None:
        typed = {name: _text(self._fields[name]) for name in PRICES}
        if not any(typed.values()):
            return None
        typed["price_cached"] = typed["price_cached"] or typed["price_prompt"]
        return Price(*(_read_dollars(name, text) for name, text in typed.items()))


def fill(entry: ProviderEntry) -> ProviderForm:
    """Returns the form of an entry as it is stored, without its key."""
    told: dict[str, Any] = {name: getattr(entry, name) for name in (*NUMBERS, "name", "model", "version")}
    told |= {name: getattr(entry, name) for name in ("sdk", "economy", "answer_format", "reasoning")}
    told |= {"url": entry.shown_url, "purposes": sorted(entry.purposes)}
    if entry.price:
        told |= dict(zip(PRICES, (entry.price.prompt, entry.price.cached, entry.price.answer), strict=True))
        told |= {name: f"{told[name]:.9f}".rstrip("0").rstrip(".") for name in PRICES}
    return ProviderForm(formdata=None, data=told)


def _read_dollars(name: str, typed: str) -> float:
    if not typed:
        raise InvalidInput(name, "must be given, too; or leave all three empty, and the price list counts")
    dollars = float(typed.replace(",", ".")) if DOLLARS.fullmatch(typed) else MOST_DOLLARS + 1
    if dollars > MOST_DOLLARS:
        raise InvalidInput(name, f"must be US dollars a million tokens, such as 0.15, and {MOST_DOLLARS:,.0f} at most")
    return dollars


def _text(field: Any) -> str:
    return field.data.strip() if isinstance(field.data, str) else ""
