"""`chorus user`: accounts of the admin."""

from __future__ import annotations

import dataclasses
import json

import click

from app.cli.installation import open_database
from app.db import create_session_factory
from app.services.access.users import ROLES, create_user, fold_username, list_users, reset_password


@click.group("user", short_help="Create accounts, reset passwords, list users.")
def user() -> None:
    """\b
    Examples:
      chorus user list
      chorus user create ada --role operator
      chorus user reset-password admin

    Accounts of the admin. New passwords are random, shown once, and changed at the first sign-in.
    """


@user.command("create", short_help="Create an account with a one-time password.")
@click.argument("username")
@click.option("--role", type=click.Choice(ROLES), default="operator", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def create(username: str, role: str, as_json: bool) -> None:
    """Create USERNAME and print a one-time password."""
    with open_database() as engine:
        password = create_user(create_session_factory(engine), username, role)
    _show_password(fold_username(username), password or "", as_json)


@user.command("reset-password", short_help="Give a user a new one-time password.")
@click.argument("username")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def reset(username: str, as_json: bool) -> None:
    """Print a new one-time password for USERNAME and sign them out everywhere."""
    with open_database() as engine:
        password = reset_password(create_session_factory(engine), username)
    _show_password(fold_username(username), password, as_json)


@user.command("list", short_help="Show all accounts.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def show(as_json: bool) -> None:
    """Show every account with its role and last sign-in (UTC)."""
    with open_database() as engine:
        accounts = list_users(create_session_factory(engine))
    if as_json:
        fields = ("username", "role", "is_active", "must_change_password", "last_login_at")
        rows = [{name: dataclasses.asdict(account)[name] for name in fields} for account in accounts]
        click.echo(json.dumps(rows, default=str, indent=2))
        return
    for account in accounts:
        last = account.last_login_at.strftime("%Y-%m-%d %H:%MZ") if account.last_login_at else "never signed in"
        state = "" if account.is_active else "  disabled"
        click.echo(f"{account.username:<32} {account.role:<9} {last}{state}")


def _show_password(username: str, password: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"username": username, "one_time_password": password}))
        return
    click.echo(f"{username} / {password}")
    click.echo("Shown once; to be changed at the first sign-in.", err=True)
