"""`chorus demo`: the command."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import click
import httpx

from app.adapters.exports import read_export
from app.cli.demo.run import DemoOptions, Run, judge
from app.cli.stack.composition import compose
from app.cli.stack.console import Console
from app.cli.stack.environment import SERVER_VARIABLES, operator_value
from app.cli.stack.home import Home
from app.cli.stack.options import SANDBOX, UpOptions
from app.cli.stack.ports import find_free, is_free
from app.cli.stack.screen import describe
from app.cli.stack.supervisor import supervise
from app.domain.errors import InvalidInput
from app.domain.ingest.exports import BadExport, ChatNotChosen

VAR = Path("var/demo")
SANDBOX_MODEL = "sandbox-1"
MODELS_S = 10.0
"""Seconds within which a server lists its models."""

WEB_PORT = 8080
KEPT = ("up.lock",)


@click.command("demo", short_help="Watch a small fleet talk in local sandboxes.")
@click.option("--replay", type=click.Path(path_type=Path), help="Chat export whose people talk in one group.")
@click.option("--replay-chat", metavar="NAME", help="Which chat of the export, if it is of a whole account.")
@click.option("--speed", type=click.FloatRange(1, 1000), default=20.0, show_default=True, help="How fast they talk.")
@click.option("--for", "seconds", type=click.FloatRange(5), help="Stop after so many seconds [until Ctrl-C].")
@click.option("--report", type=click.Choice(["json", "table"]), help="Judge the run; status 1 if a promise was broken.")
@click.option("--bots", type=click.IntRange(1, 600), default=12, show_default=True, help="Bots in the fleet.")
@click.option("--chats", type=click.IntRange(1, 200), default=2, show_default=True, help="Groups they are spread over.")
@click.option("--rpm", type=click.IntRange(1), default=500, show_default=True, help="Requests a minute at the model.")
@click.option("--like", metavar="NAME", help="The model's habits: a provider of `python -m sandbox llm --list`.")
@click.option("--llm-url", metavar="URL", help="Your own OpenAI-compatible server instead of the sandbox.")
@click.option("--llm-model", metavar="NAME", help="Model there [LLM_MODEL, else the first that the server lists].")
@click.option("--mention-every", type=click.FloatRange(0), default=6.0, show_default=True, help="Seconds, per group.")
@click.option("--var", type=click.Path(path_type=Path, file_okay=False), default=VAR, show_default=True)
@click.option("--web-port", type=click.IntRange(1, 65535), help="Port of the admin [8080, else a free one].")
def demo(
    replay: Path | None,
    replay_chat: str | None,
    speed: float,
    seconds: float | None,
    report: str | None,
    bots: int,
    chats: int,
    rpm: int,
    like: str | None,
    llm_url: str | None,
    llm_model: str | None,
    mention_every: float,
    var: Path,
    web_port: int | None,
) -> int:
    """\b
    Examples:
      chorus demo                                        until Ctrl-C
      chorus demo --for 90 --report table                and judge what was seen
      chorus demo --replay result.json --speed 20        with the people of an exported chat
      chorus demo --replay result.json --replay-chat Jazz    of a whole account's export
      chorus demo --llm-url http://localhost:11434/v1    with a model of your own (here Ollama's)

    Run a fleet of bots, people who talk to them, and local stand-ins for Telegram and the model. Nothing leaves this
    machine but requests to --llm-url. Every run starts anew in var/demo.
    """
    if bots < chats:
        raise InvalidInput("--bots", f"{bots} bots cannot fill {chats} groups: give at least one bot a group")
    if report and seconds is None:
        raise InvalidInput("--for", "a report needs an end: say how many seconds to run, such as --for 90")
    if like and llm_url:
        raise InvalidInput("--like", "is for the sandbox; leave it out, or --llm-url")
    check_export(replay, replay_chat)
    model = (llm_model or operator_value("LLM_MODEL") or first_model(llm_url)) if llm_url else SANDBOX_MODEL
    options = DemoOptions(bots, chats, replay, speed, mention_every, seconds, report, replay_chat, like, llm_url)
    return run_demo(options, var, rpm, model, web_port)


def run_demo(options: DemoOptions, var: Path, rpm: int, model: str, web_port: int | None) -> int:
    """Runs the stack for one demo; returns the exit status. Raises ChorusError when it cannot run."""
    home, console, stop = Home(var), Console(), threading.Event()
    home.prepare()
    with home.lock():
        _begin_anew(home)
        os.environ["LLM_RPM"] = str(rpm)
        os.environ["LLM_MODEL"] = model
        up = UpOptions(
            var=var,
            web_port=web_port or (WEB_PORT if is_free("127.0.0.1", WEB_PORT) else find_free()),
            telegram_url=SANDBOX,
            llm_url=options.llm_url or SANDBOX,
            sandbox_args=(("llm", ("--like", options.like)),) if options.like else (),
        )
        composition = compose(up, home)
        run = Run(options, composition, stop, console)

        def begin() -> None:
            click.echo(describe(composition), err=options.report == "json")
            run()

        supervise(composition.plan, begin, stop, console)
        if options.report is None or run.outcome.settled == 0.0:
            return 0 if options.report is None else 1
        return judge(composition, run.outcome, options.report, options.expected)


def first_model(url: str) -> str:
    """Returns the first model that an OpenAI-compatible server lists. Raises InvalidInput when it lists none."""
    key = operator_value("OPENAI_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{url.rstrip('/')}/models", headers=headers, timeout=MODELS_S)
        return str(answer.raise_for_status().json()["data"][0]["id"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        raise InvalidInput(
            "--llm-url", f"{url}/models lists no model: check the address, which often ends in /v1, or give --llm-model"
        ) from None


def check_export(path: Path | None, chat: str | None) -> None:
    """Checks that the file is a chat export. Raises InvalidInput naming --replay or --replay-chat."""
    if path is None:
        return
    try:
        export = read_export(path, chat)
    except ChatNotChosen as error:
        raise InvalidInput("--replay-chat", str(error)) from None
    except BadExport as error:
        raise InvalidInput("--replay", str(error)) from None
    if not any(message.text.strip() and not message.is_service for message in export.messages):
        raise InvalidInput("--replay", f"{path} holds no message with a text; choose another chat's export")


def _begin_anew(home: Home) -> None:
    """Empties the demo's folder and unsets the operator's servers: the demo starts its own."""
    for entry in home.path.iterdir():
        if entry.name not in KEPT:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    home.prepare()
    for name in (*SERVER_VARIABLES, "SECRET_KEY", "ENCRYPTION_KEYS"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
