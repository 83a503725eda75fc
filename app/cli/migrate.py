"""`chorus migrate`: migrates the database to this version's schema."""

from __future__ import annotations

import json

import click

from app.cli.installation import open_database
from app.cli.migration import current_revision, newest_revision, upgrade_to_head


@click.command("migrate", short_help="Bring the database to this version's schema.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def migrate(dry_run: bool, as_json: bool) -> None:
    """\b
    Examples:
      chorus migrate --dry-run     from which revision to which
      chorus migrate               do it; a second one at the same time waits

    Apply the missing migrations. `chorus up` does this by itself.
    """
    wanted = newest_revision()
    with open_database() as engine:
        with engine.connect() as connection:
            before = current_revision(connection)
        after = before if dry_run else upgrade_to_head(engine)
    if as_json:
        click.echo(json.dumps({"before": before, "after": after, "newest": wanted, "dry_run": dry_run}))
    elif before == wanted:
        click.echo(f"The database is at {wanted}, the newest revision.")
    else:
        verb = "would go" if dry_run else "went"
        click.echo(f"The database {verb} from {before or 'empty'} to {wanted}.")
