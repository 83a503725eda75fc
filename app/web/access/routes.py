"""Routes of the sign-in section."""

from __future__ import annotations

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.access import users
from app.web.access.forms import PasswordForm, SignInForm
from app.web.access.limits import (
    FAILURES,
    FAILURES_PER_ADDRESS,
    address_key,
    ensure_counting,
    is_failure,
    limiter,
    remember_device,
    user_key,
)
from app.web.access.sessions import close_session, open_session
from app.web.forms import attempt
from app.web.state import runtime

blueprint = Blueprint("auth", __name__)
log = structlog.get_logger()


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(FAILURES_PER_ADDRESS, key_func=address_key, methods=["POST"], deduct_when=is_failure)
@limiter.limit(FAILURES, key_func=user_key, methods=["POST"], deduct_when=is_failure)
def sign_in() -> ResponseReturnValue:
    """Signs an operator in. A failure is a 401 that does not say whether the name or the password was wrong."""
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))
    form = SignInForm()
    if form.validate_on_submit():
        ensure_counting()
        account = users.authenticate(runtime().sessions, form.username.data, form.password.data)
        if account:
            open_session(account)
            log.info("signed_in", user=account.id, username=account.username, address=request.remote_addr)
            response = make_response(redirect(safe_target(request.args.get("next"))))
            remember_device(response, account.username)
            return response
        log.warning("sign_in_failed", address=request.remote_addr)
        form.form_errors.append("User name and password do not match. Check both, and Caps Lock.")
        return render_template("auth/sign_in.html", form=form, insecure_sign_in=insecure_sign_in()), 401
    return render_template("auth/sign_in.html", form=form, insecure_sign_in=insecure_sign_in())


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Ends every session of this account, which also invalidates copied cookies."""
    users.end_sessions(runtime().sessions, current_user.id)
    close_session()
    flash("You are signed out, in every browser.", "success")
    return redirect(url_for("auth.sign_in"))


@blueprint.route("/password", methods=["GET", "POST"])
@limiter.limit(FAILURES, key_func=lambda: f"password:{current_user.id}", methods=["POST"], deduct_when=is_failure)
def change_password() -> ResponseReturnValue:
    """Changes the operator's own password, ends the other sessions and gives this one a new id."""
    form = PasswordForm()
    if request.method == "POST":
        ensure_counting()
    account = attempt(
        form,
        lambda: users.change_password(
            runtime().sessions, current_user.id, form.current_password.data, form.new_password.data
        ),
    )
    if account:
        open_session(account)
        flash("Your password is changed. Other browsers were signed out.", "success")
        return redirect(url_for("dashboard.index"))
    guessed = any("is not your current" in error for error in form.current_password.errors)
    return render_template("auth/password.html", form=form), 401 if guessed else 200


def safe_target(target: str | None) -> str:
    """Returns the target if it is a path of this site, else the dashboard's."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target:
        return target
    return url_for("dashboard.index")


def insecure_sign_in() -> str | None:
    """Returns the https address to use when the page was opened over http, where a Secure cookie would be dropped."""
    public_url = runtime().settings.public_url
    if public_url and public_url.startswith("https://") and not request.is_secure:
        return public_url
    return None
