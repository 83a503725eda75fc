"""`chorus providers`: the models that answer, their state, and one real request to each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from app.bootstrap import Runtime
from app.cli.fleet.registration import open_runtime
from app.domain.errors import NotFound
from app.domain.providers.words import tell_purposes
from app.services.providers import checks
from app.services.providers.checks import Checked
from app.services.providers.listing import ListedProvider
from app.services.providers.state import ProviderState, list_states
from app.services.providers.state_json import show_checked, show_state


@click.group("providers", short_help="List the providers of models, and test them.")
def providers() -> None:
    """\b
    Examples:
      chorus providers list        in the order in which they are tried, with their state
      chorus providers test        ask each for one word, and say what went wrong
      chorus providers test office

    The models that answer. The admin's Providers page does the same, and changes the list.
    """


@providers.command("list", short_help="Show the list with the state of each.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def list_command(as_json: bool) -> None:
    """Show every provider: what it is for, how much of its limits is used, and why it fails."""
    with open_runtime() as runtime:
        listed = runtime.chains.listed.read()
        states = list_states(runtime.sessions, runtime.clock, listed, runtime.chains.build)
    source = "own" if listed.own else "environment"
    if as_json:
        told = {"source": source, "items": [show_state(state) for state in states]}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo("\n".join(_line(state) for state in states))
    if not listed.own:
        click.echo("The list comes from the environment; edit it on the admin's Providers page.", err=True)


@providers.command("test", short_help="Make one small request to each.")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def test(name: str | None, as_json: bool) -> int:
    """Ask NAME (as the list shows it, with or without its model), or every provider that is on, for one word.

    Each is one request that is paid for and counted. Exit code 1 if one fails.
    """
    with open_runtime() as runtime:
        chosen = _choose(runtime.chains.listed.read().providers, name)
        found = [(one.entry.label, _check(runtime, one, as_json)) for one in chosen]
    if as_json:
        told: list[dict[str, Any]] = [{"provider": label, **show_checked(checked)} for label, checked in found]
        click.echo(json.dumps(told, indent=2))
    return 0 if all(checked.works for _, checked in found) else 1


def _choose(listed: Sequence[ListedProvider], name: str | None) -> Sequence[ListedProvider]:
    if name is None:
        return [one for one in listed if one.entry.enabled]
    chosen = [one for one in listed if name in (one.entry.name, one.entry.label)]
    if not chosen:
        raise NotFound(f"There is no provider {name}; see chorus providers list.")
    return chosen


def _check(runtime: Runtime, listed: ListedProvider, quiet: bool) -> Checked:
    provider = runtime.chains.build(listed)
    checked, error = checks.check_client(provider.client, provider.price, runtime.settings.llm_timeout_s)
    checks.record_check(runtime.sessions, runtime.clock, provider.client, checked, error)
    if not quiet:
        said = f"“{checked.said}”" if checked.works else checked.said
        click.echo(f"{listed.entry.label} {'works' if checked.works else 'fails'} · {checked.seconds:.1f} s · {said}")
    return checked


def _line(state: ProviderState) -> str:
    entry, figures = state.entry, state.figures
    told = (
        f"{entry.label} {state.word} · for {tell_purposes(entry)}{' while a budget runs out' if entry.economy else ''}"
        f" · last minute {figures.requests_minute:,} of {entry.requests_per_minute:,} requests,"
        f" {figures.tokens_minute:,} of {entry.tokens_per_minute:,} tokens"
        f" · last hour {figures.requests:,} requests, {figures.failed:,} failed"
    )
    if state.locked:
        return f"{told}\n  no key of ENCRYPTION_KEYS opens its stored key: enter it again on the Providers page"
    return f"{told}\n  {state.trouble.words}" if state.trouble else told
