"""`chorus telegram`: how updates are received."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

import click

from app.cli.fleet.registration import open_runtime
from app.domain.ingest.webhooks import MODES, UpdateMode
from app.services.ingest.webhooks import Switched, read_mode, switch_mode, webhook_ports

WORDS = {
    "webhook": "Telegram delivers to the admin; the poller rests",
    "poll": "`chorus poll` asks Telegram",
    "telethon": "a listener hears Telegram by MTProto; the poller rests",
}


@click.group("telegram", short_help="How updates come.")
def telegram() -> None:
    """\b
    Examples:
      chorus telegram mode                     tell the present way
      chorus telegram mode webhook --dry-run   tell what would be set, change nothing
      chorus telegram mode poll                back to long polling

    The way in which updates come from Telegram, for the whole fleet.
    """


@telegram.command("mode", short_help="Tell or switch the way in which updates come.")
@click.argument("mode", type=click.Choice(MODES), required=False)
@click.option("--dry-run", is_flag=True, help="Tell what would be done, change nothing.")
def mode(mode: UpdateMode | None, dry_run: bool) -> int:
    """Switch every bot to webhook, poll or telethon; without MODE, tell the present one.

    Webhooks need PUBLIC_URL: https on port 443, 80, 88 or 8443, with the admin behind it. Nothing is lost by a switch:
    updates wait at Telegram. Running it again repairs what failed.
    """
    with open_runtime() as runtime:
        if mode is None:
            click.echo(read_mode(runtime.sessions))
            return 0
        ports = webhook_ports(runtime.sessions, runtime.telegram, runtime.vault, runtime.settings)
        return _report(mode, dry_run, switch_mode(ports, mode, getpass.getuser(), dry_run))


def _report(mode: UpdateMode, dry_run: bool, switched: Sequence[Switched]) -> int:
    for bot in switched:
        where = bot.url or "no webhook"
        click.echo(f"{bot.bot_id} @{bot.username} {where}" + (f" failed: {bot.error}" if bot.error else ""))
    failed = sum(bot.error is not None for bot in switched)
    if dry_run:
        click.echo(f"Nothing was changed. Mode {mode} would mean: {WORDS[mode]}.", err=True)
    else:
        click.echo(f"Mode {mode}: {WORDS[mode]}.", err=True)
    if failed:
        click.echo(f"{failed} of {len(switched)} bots could not be switched; run the same command again.", err=True)
    return 1 if failed else 0
