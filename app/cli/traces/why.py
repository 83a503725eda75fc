"""`chorus why`: explains why a bot spoke or is silent."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator

import click

from app.cli.fleet.registration import open_runtime
from app.cli.plain import plain
from app.domain.traces.explaining import Explained, explain_reason
from app.services.fleet.finding import find_bot_id, find_chat_id
from app.services.traces.why import WhyReport, WhySaid, WhySilent, explain_bot
from app.services.traces.why_json import show_report

SCORES = 5


@click.command("why", short_help="Tell why a bot said something, or is silent.")
@click.argument("bot")
@click.option("--chat", metavar="CHAT", help="Only what it said in this chat: its number, Telegram id or title.")
@click.option("--last", default=3, show_default=True, type=click.IntRange(1, 20), help="How many messages to explain.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with everything that is known.")
def why(bot: str, chat: str | None, last: int, as_json: bool) -> None:
    """\b
    Examples:
      chorus why ada_bot
      chorus why 7 --chat 2
      chorus why "Ada" --chat "Bird watchers"
      chorus why ada_bot --json | jq -r .summary

    Tell in plain words why BOT (its number, its @username or its name) said what it said, and why it is silent: every
    rule it passed, the one that stopped it, and the scores it chose by. Why it spoke is kept for two weeks (the setting
    traces_days), its last 20 silent turns for a day.
    """
    with open_runtime() as runtime:
        bot_id = find_bot_id(runtime.sessions, bot)
        chat_id = find_chat_id(runtime.sessions, chat) if chat else None
        report = explain_bot(runtime.sessions, runtime.silence, runtime.clock, bot_id, chat_id)
    click.echo(
        json.dumps(show_report(report), indent=2, ensure_ascii=False) if as_json else "\n".join(_lines(report, last))
    )
    if report.said and not as_json:
        click.echo(f"Next: chorus replay {report.said[0].utterance.id}", err=True)


def _lines(report: WhyReport, last: int) -> Iterator[str]:
    yield click.style(plain(f"{report.bot.display_name} @{report.bot.username}"), bold=True)
    yield plain(report.summary)
    for rest in report.rests:
        yield plain(f"Rests in {rest.chat_title} ({rest.place}) until {_clock(rest.rests_until)}: {rest.reason}")
    for said in report.said[:last]:
        yield ""
        yield from _said(said)
    for silent in report.silent:
        yield ""
        yield from _silent(silent)
    if report.reasons:
        yield ""
        yield click.style("Silent turns in the last 24 hours", bold=True)
        yield from (f"{reason.turns:7}  {reason.sentence}" for reason in report.reasons)


def _said(said: WhySaid) -> Iterator[str]:
    utterance = said.utterance
    head = f"Why it spoke in {plain(utterance.chat_title)}, {_clock(utterance.planned_at)}"
    yield click.style(head, bold=True) + f"  (tick {utterance.id}, {utterance.state})"
    if utterance.target_text:
        yield "  " + plain(f"to {utterance.target_author}: {utterance.target_text}")
    if utterance.text or utterance.emoji:
        yield "  " + plain(utterance.text or utterance.emoji or "")
    if utterance.rewrite_reason:
        yield f"  Written anew, for the first draft was refused: {plain(explain_reason(utterance.rewrite_reason))}"
    yield from _steps(said.steps)
    if not said.steps:
        yield "  No trace of it is kept: it is past its time, or answers a command."


def _silent(silent: WhySilent) -> Iterator[str]:
    when = _clock(silent.last_at) if silent.turns == 1 else f"{_clock(silent.first_at)} to {_clock(silent.last_at)}"
    head = "Why it was silent" if silent.turns == 1 else f"Why it was silent {silent.turns} times"
    yield click.style(f"{head}, {when}", bold=True)
    yield from _steps(silent.steps)


def _steps(steps: Iterable[Explained]) -> Iterator[str]:
    for step in steps:
        yield f"  {'+' if step.passed else '-'} {plain(step.text)}"
        yield from (f"      {score:8.3f}  {plain(name)}" for name, score in step.scores[:SCORES])


def _clock(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
