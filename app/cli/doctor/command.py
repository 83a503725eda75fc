"""`chorus doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import click

from app.cli.doctor.answers import check_answers
from app.cli.doctor.machine import check_programs, check_python, check_space, check_var
from app.cli.doctor.models import check_models
from app.cli.doctor.money import check_money
from app.cli.doctor.report import Check, failed, is_healthy, passed, render_json, render_text, skipped
from app.cli.doctor.servers import check_admin, check_postgres, check_redis_servers
from app.cli.doctor.telegram import check_telegram
from app.cli.installation import read_settings
from app.cli.stack.environment import find_var
from app.config import Settings
from app.domain.errors import ConfigError

Probe = Callable[[Settings], Check | Iterable[Check]]
NEEDS_SETTINGS: tuple[tuple[str, Probe], ...] = (
    ("postgres", check_postgres),
    ("redis", check_redis_servers),
    ("model", check_models),
    ("answers", check_answers),
    ("money", check_money),
    ("telegram", check_telegram),
    ("admin", check_admin),
)


@click.command("doctor", short_help="Check the installation; changes nothing.")
@click.option("--var", type=click.Path(path_type=Path, file_okay=False), help="Folder of data, keys and logs [var].")
@click.option("--all", "every", is_flag=True, help="Ask Telegram about every bot and chat, not only about a sample.")
@click.option("--no-spend", is_flag=True, help="Make no request to a model that is paid for.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def doctor(ctx: click.Context, var: Path | None, every: bool, no_spend: bool, as_json: bool) -> None:
    """\b
    Examples:
      chorus doctor
      chorus doctor --all
      chorus doctor --json | jq '.checks[] | select(.status == "fail")'

    Look at Python, programs, settings, Postgres, both Redis, the models (one real request to each, for less than a
    cent), their answers and prices, the bots at Telegram (tokens, privacy mode, webhooks, rights in their groups), and
    the admin.
    Each finding is pass, warn, fail or skipped; each failure comes with one fix. Exit code 1 if anything failed.
    """
    checks = examine(find_var(var), every=every, spend=not no_spend)
    click.echo(render_json(checks) if as_json else render_text(checks))
    ctx.exit(0 if is_healthy(checks) else 1)


def examine(var: Path, *, every: bool = False, spend: bool = True) -> list[Check]:
    """Runs every check in order; an outage is a finding, never an exception.

    `every` checks all bots at Telegram; without `spend` no model is asked.
    """
    checks = [check_python(), *check_programs(), *check_var(var), check_space(var)]
    try:
        settings = read_settings(var)
    except ConfigError as error:
        fix = "set it in the environment or .env; `chorus up` makes keys and servers by itself"
        problems = [failed("configuration", problem, fix) for problem in error.problems]
        return [*checks, *problems, *(skipped(name, "needs the configuration") for name, _ in NEEDS_SETTINGS)]
    checks.append(passed("configuration", "every variable can be used"))
    chosen = {"telegram": partial(check_telegram, every=every), "model": partial(check_models, spend=spend)}
    for name, probe in NEEDS_SETTINGS:
        checks += _run(name, chosen.get(name, probe), settings)
    return checks


def _run(name: str, probe: Probe, settings: Settings) -> list[Check]:
    try:
        found = probe(settings)
        return [found] if isinstance(found, Check) else list(found)
    except Exception as error:
        return [failed(name, f"the check broke: {type(error).__name__}", "report this with the steps that led here")]
