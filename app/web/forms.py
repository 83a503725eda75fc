"""Fields and helpers that all forms share."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField, StringField, TextAreaField

from app.domain.errors import InvalidInput
from app.domain.json_text import BIGGEST
from app.services.fleet.checks import parse_budget

BUDGET_HELP = "US dollars in a UTC day, such as 2.50. Empty: the default of the Settings page. 0: no limit."


class LinesField(TextAreaField):  # type: ignore[misc]
    """A list of texts, one per line."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Splits the text into lines, without blank ones."""
        self.data = [line.strip() for line in (valuelist[0] if valuelist else "").splitlines() if line.strip()]

    def _value(self) -> str:
        return "\n".join(self.data or [])


class IdsField(SelectMultipleField):  # type: ignore[misc]
    """Rows that were chosen; the choices are on the page, and what was chosen is checked by the service."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, coerce=int, choices=[], validate_choice=False, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads the ids. Raises ValueError, which the form shows, for what no row can have as its id."""
        if not all(_is_id(value) for value in valuelist):
            raise ValueError("must be chosen from the list; reload the page and choose again")
        self.data = [int(value) for value in valuelist]


def _is_id(value: str) -> bool:
    return len(value) <= len(str(BIGGEST)) and value.isdecimal() and 0 < int(value) <= BIGGEST


class BudgetField(StringField):  # type: ignore[misc]
    """US dollars a day; an empty field means the default of the settings."""

    def read(self) -> Decimal | None:
        """Returns the amount that was entered. Raises InvalidInput naming `daily_budget_usd`."""
        return parse_budget(self.data if isinstance(self.data, str) else "")

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


def show_error(form: FlaskForm, error: InvalidInput) -> None:
    """Puts an InvalidInput next to the field it names, or above the form when the form has no such field."""
    field: Field | None = form._fields.get(error.field)
    if field is None:
        form.form_errors.append(f"{error.field} {error.message}")
    else:
        field.errors = [*field.errors, f"{field.label.text} {error.message}"]


def attempt(form: FlaskForm, action: Callable[[], Any]) -> Any | None:
    """Returns what `action` returns, or None when the form or the service refused; the form then shows the errors."""
    if not form.validate_on_submit():
        return None
    try:
        return action()
    except InvalidInput as error:
        show_error(form, error)
        return None
