"""Forms of the sign-in section."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.services.access.users import PASSWORD_MAX, PASSWORD_MIN


class SignInForm(FlaskForm):  # type: ignore[misc]
    """The form for name and password."""

    username = StringField("User name", [InputRequired("Type your user name."), Length(max=64)])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=PASSWORD_MAX)])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The form for the current password and a new one, entered twice."""

    current_password = PasswordField("Current password", [InputRequired("Type the password you signed in with.")])
    new_password = PasswordField(
        "New password",
        [InputRequired("Type a new password.")],
        description=f"At least {PASSWORD_MIN} characters. A few words in a row are strong and easy to keep.",
    )
    repeated = PasswordField(
        "New password again", [EqualTo("new_password", "The two new passwords differ; type the same one twice.")]
    )
