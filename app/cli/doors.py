"""The command line's door: refuses arguments that no column or file can hold, for every command alike."""

from __future__ import annotations

import math
from typing import Any

import click

from app.domain.json_text import BIGGEST
from app.domain.text import is_storable


def guard(command: click.Command) -> click.Command:
    """Returns the command with the door in front of each of its parameters, and of its subcommands'."""
    for param in command.params:
        if not isinstance(param.callback, _Door):
            param.callback = _Door(param.callback)
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            guard(command.commands[name])
    return command


class _Door:
    """A parameter's callback: checks the value, then calls the parameter's own callback, if it has one."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def __call__(self, context: click.Context, param: click.Parameter, value: Any) -> Any:
        """Raises a usage error that names the parameter."""
        for one in value if isinstance(value, tuple) else (value,):
            problem = _find_problem(one)
            if problem:
                raise click.BadParameter(problem, context, param)
        return self._own(context, param, value) if self._own else value


def _find_problem(value: Any) -> str | None:
    """Returns what is wrong with a value; None for a fit one. Paths may hold any bytes."""
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number."
    if isinstance(value, int) and abs(value) > BIGGEST:
        return "is too large a number."
    if isinstance(value, str) and not is_storable(value):
        return "is no UTF-8 text; type it anew, or set the terminal's encoding to UTF-8."
    return None
