"""What all forms share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, TextAreaField

from app.domain.errors import InvalidInput


class LinesField(TextAreaField):  # type: ignore[misc]
    """A list of texts, one a line."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Lines without blanks."""
        self.data = [line.strip() for line in (valuelist[0] if valuelist else "").splitlines() if line.strip()]

    def _value(self) -> str:
        return "\n".join(self.data or [])


def show_error(form: FlaskForm, error: InvalidInput) -> None:
    """Puts a service's refusal next to the field it names, or above the form when the form has no such field."""
    field: Field | None = form._fields.get(error.field)
    if field is None:
        form.form_errors.append(f"{error.field} {error.message}")
    else:
        field.errors = [*field.errors, f"{field.label.text} {error.message}"]


def attempt(form: FlaskForm, action: Callable[[], Any]) -> Any | None:
    """What `action` returns, or None when the form or the service refused; the form then shows why."""
    if not form.validate_on_submit():
        return None
    try:
        return action()
    except InvalidInput as error:
        show_error(form, error)
        return None
