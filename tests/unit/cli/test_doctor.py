"""The doctor: it only looks, says one fix per failure, and never breaks on an outage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from app.cli.doctor.command import examine
from app.cli.doctor.machine import check_var
from app.cli.doctor.report import failed, passed, render_json, render_text, skipped, warned
from app.cli.main import chorus
from app.cli.stack.ports import find_free
from app.config import Settings


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def test_every_problem_has_its_fix_below_it_and_the_rest_has_none() -> None:
    text = render_text(
        [passed("a", "fine"), warned("b", "odd", "mend it"), failed("c", "off", "start it"), skipped("d", "-")]
    )
    lines = text.splitlines()
    assert [lines[index + 1].strip() for index, line in enumerate(lines) if " odd" in line or " off" in line] == [
        "→ mend it",
        "→ start it",
    ]
    assert lines[-1] == "1 pass, 1 warn, 1 fail, 1 skipped"


def test_a_warning_is_not_a_failure() -> None:
    assert json.loads(render_json([warned("b", "odd", "mend it")]))["ok"] is True
    assert json.loads(render_json([failed("b", "odd", "mend it")]))["ok"] is False


def test_without_a_configuration_every_missing_variable_is_a_failure_and_the_exit_code_tells(workplace: Path) -> None:
    result = CliRunner().invoke(chorus, ["doctor", "--json"])
    failures = [check for check in json.loads(result.output)["checks"] if check["status"] == "fail"]
    assert result.exit_code == 1
    assert {check["detail"].split(":")[0] for check in failures} >= {"DATABASE_URL", "BROKER_URL", "SECRET_KEY"}
    assert all(check["fix"] for check in failures)
    assert list(workplace.iterdir()) == []


def test_an_outage_of_everything_is_a_list_of_findings_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    port = find_free()
    given = {
        "DATABASE_URL": f"postgresql://u:hidden-pw@127.0.0.1:{port}/chorus",
        "BROKER_URL": f"redis://:hidden-pw@127.0.0.1:{port}/0",
        "CACHE_URL": f"redis://:hidden-pw@127.0.0.1:{port}/0",
        "SECRET_KEY": "hidden-pw" * 5,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "LLM_URL": f"http://127.0.0.1:{port}/v1",
        "OPENAI_API_KEY": "hidden-pw",
        "WEB_PORT": str(port),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    checks = examine(Path("var"))
    found = {check.name: check.status for check in checks}
    assert {name: found[name] for name in ("postgres", "broker", "cache", "model")} == dict.fromkeys(
        ("postgres", "broker", "cache", "model"), "fail"
    )
    assert (found["schema"], found["telegram"], found["admin"]) == ("skipped", "skipped", "skipped")
    assert (found["price"], found["budget"]) == ("pass", "skipped")
    assert "hidden-pw" not in render_text(checks) + render_json(checks)


def test_an_installation_open_to_others_is_a_failure(workplace: Path) -> None:
    keys = workplace / "var" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / "secret_key").touch(mode=0o644)
    (workplace / "var").chmod(0o755)
    found = {check.name: check for check in check_var(workplace / "var")}
    assert found["var"].fix == f"chmod 700 {workplace / 'var'}"
    assert found["keys"].detail == "other users may read secret_key"
