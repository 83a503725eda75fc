"""`chorus replay`: decides a stored tick again, on this or another machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from app.cli.fleet.registration import open_runtime
from app.cli.plain import plain
from app.domain.behaviour.tick import Decision, Plan, Silent
from app.domain.errors import InvalidInput
from app.domain.json_text import TooDeep, parse_json
from app.domain.traces.codec import CodecError, encode
from app.domain.traces.explaining import explain_steps
from app.services.traces.engine import engine_version
from app.services.traces.replaying import Replayed, find_tick, read_document, replay_document
from app.services.traces.why import names_in_context

FILE = click.Path(dir_okay=False, path_type=Path)
MAX_FILE_BYTES = 50_000_000


@click.command("replay", short_help="Decide a tick again, bit for bit.")
@click.argument("tick_id", type=int, required=False)
@click.option("--file", "file", type=FILE, help="Replay the record in this file; needs no database.")
@click.option("--export", "target", type=FILE, help="Write the tick's record to this file instead.")
@click.option("--any-engine", is_flag=True, help="Replay even what another engine decided, to see what this one does.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def replay(tick_id: int | None, file: Path | None, target: Path | None, any_engine: bool, as_json: bool) -> int:
    """\b
    Examples:
      chorus replay 4711                          (`chorus why BOT` tells the number)
      chorus replay 4711 --export tick.json
      chorus replay --file tick.json              on another machine

    Give a tick that spoke its stored context, instant and seed again, and say whether this engine decides the same,
    down to the last bit of every number. Exit code 0: the same; 1: different; 2: there is no such tick, or another
    engine decided it.
    """
    if (tick_id is None) == (file is None):
        raise click.UsageError("Name one tick: TICK_ID, or --file FILE.")
    document = _read_file(file) if file else _read_stored(tick_id or 0)
    if target:
        _export(document, target)
        return 0
    replayed = replay_document(document, engine_version(), any_engine=any_engine)
    click.echo(_json(document, replayed) if as_json else "\n".join(_lines(document, replayed)))
    return 0 if replayed.same else 1


def _read_stored(tick_id: int) -> dict[str, Any]:
    with open_runtime() as runtime:
        return read_document(find_tick(runtime.sessions, tick_id))


def _read_file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as source:
            document = parse_json(source.read(MAX_FILE_BYTES))
    except OSError as error:
        raise InvalidInput("--file", f"{file}: {error.strerror}") from None
    except TooDeep as error:
        raise InvalidInput("--file", f"{file} {error}: it is no record of a tick") from None
    except ValueError:
        raise InvalidInput("--file", f"{file} is no JSON; write one with chorus replay TICK_ID --export FILE") from None
    if not isinstance(document, dict):
        raise CodecError(f"{file} holds no record of a tick.")
    return document


def _export(document: dict[str, Any], target: Path) -> None:
    try:
        target.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")
    except OSError as error:
        raise InvalidInput("--export", f"{target}: {error.strerror}") from None
    click.echo(f"{target} holds the tick, and what people said in its chats: pass it on with care.", err=True)
    click.echo(f"Next: chorus replay --file {target}", err=True)


def _lines(document: dict[str, Any], replayed: Replayed) -> Iterator[str]:
    record, names = replayed.record, names_in_context(document.get("context", {}))
    head = f"Tick {document.get('tick_id', 'without a number')} of {record.context.bot.display_name}"
    yield (
        click.style(head, bold=True) + f", {record.decided_at.isoformat()}, seed {record.seed}, engine {record.engine}"
    )
    steps = [step.as_json() for step in replayed.decision.trace]
    for step in explain_steps(steps, names, silent=isinstance(replayed.decision.plan, Silent)):
        yield f"  {'+' if step.passed else '-'} {plain(step.text)}"
    yield f"  {_plan(replayed.decision)}"
    if replayed.same:
        yield click.style("The same, bit for bit.", fg="green")
    else:
        yield click.style("Different.", fg="red") + f" It was {_plan(record.decision)}"


def _plan(decision: Decision) -> str:
    return json.dumps(encode(Plan, decision.plan))


def _json(document: dict[str, Any], replayed: Replayed) -> str:
    shown = {
        "tick_id": document.get("tick_id"),
        "engine": replayed.record.engine,
        "replayed_by": engine_version(),
        "seed": replayed.record.seed,
        "decided_at": replayed.record.decided_at.isoformat(),
        "same": replayed.same,
        "was": encode(Decision, replayed.record.decision),
        "is": encode(Decision, replayed.decision),
    }
    return json.dumps(shown, indent=2)
