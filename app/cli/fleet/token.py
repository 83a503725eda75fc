"""`chorus token`: rotation of the encryption keys of bot tokens, and checks of the tokens at Telegram."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import click

from app.cli.fleet.registration import open_runtime
from app.services.fleet.finding import find_bot_id
from app.services.fleet.key_rotation import Rotated, rotate_keys
from app.services.fleet.tokens import Finding, check_now


@click.group("token", short_help="Rotate keys, check tokens.")
def token() -> None:
    """\b
    Examples:
      chorus token check                   ask Telegram about every token
      chorus token check ada_bot
      chorus token rotate-key --dry-run    count what is under an older key
      chorus token rotate-key              re-encrypt it, while everything runs

    Bot tokens and MTProto sessions as they are stored: encrypted with the keys of ENCRYPTION_KEYS.
    """


@token.command("rotate-key", short_help="Re-encrypt everything with the newest key.")
@click.option("--dry-run", is_flag=True, help="Count, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def rotate_key(dry_run: bool, as_json: bool) -> int:
    """Bring every stored token and session under the first key of ENCRYPTION_KEYS.

    \b
    1. Put a new key in front: ENCRYPTION_KEYS=NEW,OLD, for every process, and restart them.
    2. chorus token rotate-key
    3. When it says that nothing is left, take the old key away and restart again.

    It works in batches beside the running fleet, may be interrupted, and does nothing the second time. No secret is
    printed. Exit code 1 if something cannot be decrypted.
    """
    with open_runtime() as runtime:
        rotated = rotate_keys(runtime.sessions, runtime.vault, dry_run=dry_run, tell=_tell)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, **dataclasses.asdict(rotated)}))
    else:
        _show(rotated, dry_run)
    return 1 if rotated.unreadable else 0


def _tell(bots: int) -> None:
    click.echo(f"{bots} bots seen", err=True)


def _show(rotated: Rotated, dry_run: bool) -> None:
    click.echo(
        f"{rotated.rotated} {'would be' if dry_run else 'were'} re-encrypted, "
        f"{rotated.newest_already} are under the newest key already"
    )
    if rotated.overtaken:
        click.echo(f"{rotated.overtaken} changed meanwhile; run it again to see that nothing is left", err=True)
    if rotated.unreadable:
        click.echo(f"No key opens those of {', '.join(rotated.unreadable)}; do not take any key away.", err=True)
    elif not dry_run:
        click.echo("Next: run it once more; when 0 were re-encrypted, older keys may be taken away.", err=True)


@token.command("check", short_help="Ask Telegram about every token, or one bot's.")
@click.argument("bot", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def check(bot: str | None, as_json: bool) -> int:
    """Ask Telegram about the token of BOT (its number, its @username or its name), or about every one.

    Names, privacy mode and a refused token are noted on the bots' pages, and a webhook that went astray is set again,
    as the hourly check does. Exit code 1 if a token is refused, cannot be read, or
    is answered for as another bot's.
    """
    with open_runtime() as runtime:
        found = check_now(runtime.tokens, find_bot_id(runtime.sessions, bot) if bot else None)
    click.echo(json.dumps([_fields(finding) for finding in found], indent=2) if as_json else _lines(found))
    return 1 if any(finding.outcome in {"refused", "unreadable", "other_account"} for finding in found) else 0


def _lines(found: Sequence[Finding]) -> str:
    return "\n".join(_line(finding) for finding in found) or "no bots yet"


def _line(finding: Finding) -> str:
    webhook = f"; webhook set right: {finding.repaired}" if finding.repaired else ""
    if finding.unrepaired:
        webhook = f"; its webhook could not be looked at or set right: {finding.unrepaired}"
    return f"{finding.target.id} @{finding.target.username} {finding.outcome}: {finding.detail}{webhook}"


def _fields(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.target.id,
        "username": finding.target.username,
        "outcome": finding.outcome,
        "detail": finding.detail,
        "webhook_repaired": finding.repaired,
        "webhook_not_repaired": finding.unrepaired,
    }
