"""The `chorus` command. Results go to stdout, progress and errors to stderr; no traceback reaches the terminal."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from app import __version__
from app.cli.doors import guard
from app.domain.errors import ChorusError

COMMANDS = {
    "up": "app.cli.up:up",
    "demo": "app.cli.demo.command:demo",
    "doctor": "app.cli.doctor.command:doctor",
    "user": "app.cli.access:user",
    "bot": "app.cli.fleet.registration:bot",
    "chat": "app.cli.fleet.registration:chat",
    "settings": "app.cli.settings:settings",
    "feed": "app.cli.feeds:feed",
    "providers": "app.cli.providers:providers",
    "why": "app.cli.traces.why:why",
    "replay": "app.cli.traces.replay:replay",
    "simulate": "app.simulation.command:simulate",
    "telegram": "app.cli.ingest.mode:telegram",
    "migrate": "app.cli.migrate:migrate",
    "worker": "app.cli.worker:worker",
    "celery": "app.cli.celery:celery",
    "poll": "app.cli.ingest.poll:poll",
    "listen": "app.cli.ingest.listen:listen",
    "token": "app.cli.fleet.token:token",
}
EXIT_UNEXPECTED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is used, so that `chorus --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the commands in the order in which an operator first needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command's module and returns the command of this name, behind the door for arguments."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return guard(command)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def chorus(context: click.Context) -> None:
    """\b
    Examples:
      chorus up                    run everything, in the foreground
      chorus doctor                check the installation, change nothing
      chorus user create ada       give someone an account

    Runs a fleet of openly labelled persona bots in Telegram groups.

    \b
    Completion of commands and options in your shell:
      bash   eval "$(_CHORUS_COMPLETE=bash_source chorus)"
      zsh    eval "$(_CHORUS_COMPLETE=zsh_source chorus)"
      fish   _CHORUS_COMPLETE=fish_source chorus | source
    """
    if context.obj is not None:
        context.obj(context.invoked_subcommand)


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 failed check or unexpected error, 2 bad input or outage, 130 interrupted."""
    try:
        result = chorus.main(prog_name="chorus", standalone_mode=False, obj=_log_command)
        sys.exit(result if isinstance(result, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except ChorusError as error:
        click.echo(f"{click.style('Error:', fg='red')} {error}", err=True)
        sys.exit(EXIT_USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_UNEXPECTED)
    except Exception as error:
        file = import_module("app.cli.lines").keep_traceback()
        click.echo(f"Error: unexpected {type(error).__name__}; the details are in {file}", err=True)
        sys.exit(EXIT_UNEXPECTED)


def _log_command(command: str | None) -> None:
    """Configures logging, but only when a command runs: `--help` needs none."""
    import_module("app.cli.lines").log_command(command)


if __name__ == "__main__":
    main()
