"""The command's manners: examples first in help, one line for an error, exit codes that mean something."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli import main as cli
from app.domain.errors import ConfigError, InvalidInput


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var" / "log").mkdir(parents=True)


def run_main(monkeypatch: pytest.MonkeyPatch, *words: str, failure: BaseException | None = None) -> int:
    """Runs `chorus <words>`; with `failure`, the command of that name raises it."""

    @click.command("broken")
    def broken() -> None:
        assert failure is not None
        raise failure

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, ctx, name: broken) if failure else None
    monkeypatch.setattr(sys, "argv", ["chorus", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_help_shows_examples_before_anything_else(name: str) -> None:
    result = CliRunner().invoke(cli.chorus, [name, "--help"])
    assert result.exit_code == 0
    body = result.output.split("\n\n", 1)[1]
    assert body.strip().startswith("Examples:")


def test_the_overview_lists_every_command_and_how_to_complete_them() -> None:
    output = CliRunner().invoke(cli.chorus, ["--help"]).output
    assert all(f"\n  {name} " in output for name in cli.COMMANDS)
    assert "_CHORUS_COMPLETE=zsh_source" in output


def test_an_error_of_ours_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = ConfigError(["WEB_PORT: is wrong", "SHARDS: is wrong"])
    assert run_main(monkeypatch, "broken", failure=failure) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "WEB_PORT: is wrong" in shown.err
    assert "SHARDS: is wrong" in shown.err


def test_bad_input_names_its_field(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "broken", failure=InvalidInput("username", "is taken")) == 2
    assert "username: is taken" in capsys.readouterr().err


def test_an_unexpected_error_is_one_line_and_its_traceback_a_private_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, "broken", failure=ZeroDivisionError("secret detail")) == 1
    shown = capsys.readouterr().err
    log = Path("var/log/chorus.log")
    assert shown == f"Error: unexpected ZeroDivisionError; the details are in {log}\n"
    assert "secret detail" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_an_unknown_option_is_explained(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "up", "--web-prot", "1") == 2
    assert "--web-port" in capsys.readouterr().err


def test_an_interruption_is_not_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "broken", failure=KeyboardInterrupt()) == 130
    assert "Error" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "name", "=cmd", "name=", "Na me=cmd", "name='unclosed"])
def test_a_process_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert run_main(monkeypatch, "up", "--process", text) == 2
    assert "--process: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["user", "create", "a\udcff"], "is no UTF-8 text"),
        (["settings", "set", "max_words", "2\udcff"], "is no UTF-8 text"),
        (["chat", "add", "--topic", "fit", "--topic", "\udcff", "--", "-1001234567890"], "is no UTF-8 text"),
        (["demo", "--for", "nan"], "must be a finite number"),
        (["demo", "--for", "inf"], "must be a finite number"),
        (["demo", "--speed", "NaN"], "must be a finite number"),
        (["demo", "--mention-every", "nan"], "must be a finite number"),
        (["simulate", "--hours", "nan"], "must be a finite number"),
        (["replay", "9" * 30], "is too large a number"),
    ],
    ids=ascii,
)
def test_an_argument_that_nothing_can_hold_is_a_usage_error(monkeypatch, capsys, words: list[str], told: str) -> None:
    assert run_main(monkeypatch, *words) == cli.EXIT_USAGE
    shown = capsys.readouterr().err
    assert told in shown
    assert "Traceback" not in shown
    assert not list(Path().rglob("chorus.log"))


def test_every_parameter_of_every_command_is_behind_the_door() -> None:
    seen = 0
    group = cli.chorus
    for name in cli.COMMANDS:
        command = group.get_command(click.Context(group), name)
        for one in (command, *getattr(command, "commands", {}).values()):
            seen += len(one.params)
            assert all(type(param.callback).__module__ == "app.cli.doors" for param in one.params), one.name
    assert seen > 50
