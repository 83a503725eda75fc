"""Which model and which Telegram a start uses, by what the operator configured."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli.stack.composition import outside_stage
from app.cli.stack.environment import adopt_installation, operator_value, remember
from app.cli.stack.home import Home
from app.cli.stack.options import UpOptions
from app.cli.stack.outside import TELEGRAM, choose_llm, choose_telegram
from app.cli.stack.ports import PortBook


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ports(tmp_path: Path) -> PortBook:
    return PortBook(tmp_path / "ports.json")


def test_without_a_key_the_sandbox_speaks_and_the_screen_says_so(ports: PortBook) -> None:
    llm = choose_llm(UpOptions(Path("var")), ports)
    assert llm.additions["LLM_URL"] == f"http://127.0.0.1:{llm.ports['--port']}/v1"
    assert "sandbox" in llm.description
    assert "OPENAI_API_KEY" in llm.description


@pytest.mark.parametrize("place", ["environment", "file", "dotenv"])
def test_with_a_key_the_real_provider_is_used(
    ports: PortBook, monkeypatch: pytest.MonkeyPatch, workplace: Path, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    elif place == "file":
        monkeypatch.setenv("OPENAI_API_KEY_FILE", "/run/secrets/openai")
    else:
        (workplace / ".env").write_text("OPENAI_API_KEY=sk-real\n")
    llm = choose_llm(UpOptions(Path("var")), ports)
    assert not llm.ports
    assert "LLM_URL" not in llm.additions
    assert "OpenAI" in llm.description


def test_a_groq_key_alone_chooses_groq(ports: PortBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk")
    assert choose_llm(UpOptions(Path("var")), ports).additions == {"LLM_PROVIDER": "groq"}


def test_a_real_key_is_not_shown_to_a_sandbox_that_was_asked_for(
    ports: PortBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    assert choose_llm(UpOptions(Path("var"), llm_url="sandbox"), ports).additions["OPENAI_API_KEY"] == "sandbox"


def test_telegram_is_real_unless_the_sandbox_is_asked_for(ports: PortBook) -> None:
    assert choose_telegram(UpOptions(Path("var")), ports).additions == {"TELEGRAM_URL": TELEGRAM}
    sandbox = choose_telegram(UpOptions(Path("var"), telegram_url="sandbox"), ports)
    assert sandbox.additions["TELEGRAM_URL"] == f"http://127.0.0.1:{sandbox.ports['--port']}"
    assert sandbox.additions["SANDBOX_CONTROL_URL"] == f"http://127.0.0.1:{sandbox.ports['--control-port']}"


def test_an_option_wins_over_the_environment(ports: PortBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_URL", "http://127.0.0.1:1")
    chosen = choose_telegram(UpOptions(Path("var"), telegram_url="http://127.0.0.1:2"), ports)
    assert chosen.additions == {"TELEGRAM_URL": "http://127.0.0.1:2"}


def test_an_empty_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_URL", "")
    assert operator_value("LLM_URL") is None


def test_a_short_command_finds_the_running_stack_but_never_overrides_the_operator(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("VAR_DIR", "DATABASE_URL_FILE", "BROKER_URL_FILE", "WEB_PORT", "LLM_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("BROKER_URL", "redis://mine:6379/0")
    keys = tmp_path / "var" / "keys"
    keys.mkdir(parents=True)
    for name in ("database_url", "broker_url"):
        (keys / name).write_text("x")
    remember(tmp_path / "var", {"WEB_PORT": "9000", "LLM_URL": "http://127.0.0.1:1/v1"})
    monkeypatch.setenv("LLM_URL", "http://mine/v1")
    adopt_installation(tmp_path / "var")
    assert operator_value("DATABASE_URL_FILE") == str(keys / "database_url")
    assert operator_value("BROKER_URL_FILE") is None
    assert (operator_value("WEB_PORT"), operator_value("LLM_URL")) == ("9000", "http://mine/v1")


@pytest.mark.parametrize(("arguments", "limited"), [((), True), (("--like", "litellm"), False)])
def test_a_sandbox_that_imitates_a_provider_keeps_that_providers_limits(
    ports: PortBook, workplace: Path, arguments: tuple[str, ...], limited: bool
) -> None:
    options = UpOptions(workplace, llm_url="sandbox", sandbox_args=(("llm", arguments),))
    settings = SimpleNamespace(llm_rpm=60, llm_tpm=9000)
    (stage,) = outside_stage(options, Home(workplace), settings, {"llm": choose_llm(options, ports)})
    (spec,) = stage.specs
    assert ("--rpm" in spec.argv) is limited
    assert spec.argv[len(spec.argv) - len(arguments) :] == arguments
