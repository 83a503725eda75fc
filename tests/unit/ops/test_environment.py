"""Making the environment: what uv is told, what happens without it and without a network, and the note of the time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from environment import pip_settings
from environment.pip_settings import read_pip_settings, uv_variables
from environment.programs import find_uv
from environment.setting_up import DOORS
from tests.waiting import patience

ROOT = Path(__file__).parents[3]
NOTHING = {"XDG_CONFIG_DIRS": "", "HOME": "/nonexistent"}
LOGGING_UV = """#!/bin/sh
[ "$1" = --version ] && {{ echo "uv {version} (x86_64)"; exit 0; }}
echo "$UV_DEFAULT_INDEX|$*" >> "{log}"
{ending}
"""
OFFLINE_PIP = """import sys
told = "Retrying after connection broken\\nERROR: No distribution found"
sys.exit(0 if "--version" in sys.argv else told)
"""


@pytest.fixture(autouse=True)
def no_pip_conf_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_settings, "MACHINE", tmp_path / "etc")


def place_pip_conf(folder: Path, text: str) -> None:
    (folder / "pip").mkdir(parents=True)
    (folder / "pip" / "pip.conf").write_text(text)


@pytest.mark.parametrize(
    ("config", "variables", "told"),
    [
        ("", {}, {}),
        ("[global]\nindex-url = https://mirror/simple", {}, {"UV_DEFAULT_INDEX": "https://mirror/simple"}),
        ("[global]\nindex_url = https://a/\n[install]\nindex-url = https://b/", {}, {"UV_DEFAULT_INDEX": "https://b/"}),
        ("[install]\nindex-url = https://a/", {"PIP_INDEX_URL": "https://b/"}, {"UV_DEFAULT_INDEX": "https://b/"}),
        ("[global]\nindex-url = https://a/", {"UV_DEFAULT_INDEX": "https://b/"}, {}),
        ("[global]\nindex-url = https://a/", {"UV_INDEX_URL": "https://b/"}, {}),
        ("[global]\nindex-url = https://a/", {"PIP_CONFIG_FILE": os.devnull}, {}),
        (
            "[global]\nextra-index-url =\n    https://a/simple\n    file:///nowhere/simple\n    file:///usr",
            {},
            {"UV_INDEX": "https://a/simple file:///usr"},
        ),
        ("", {"PIP_FIND_LINKS": "/usr /nowhere https://a/wheels"}, {"UV_FIND_LINKS": "/usr,https://a/wheels"}),
        ("[global]\nno-index = true", {}, {"UV_NO_INDEX": "1"}),
        ("[global]\nno-index = false", {}, {}),
        ("[global]\ncert = /ca.pem", {}, {"SSL_CERT_FILE": "/ca.pem"}),
        ("[global]\ncert = /ca.pem", {"SSL_CERT_FILE": "/own.pem"}, {}),
        ("", {"PIP_PROXY": "http://p:1"}, {"HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://p:1"}),
        ("", {"PIP_PROXY": "http://p:1", "https_proxy": "http://q:1"}, {"HTTP_PROXY": "http://p:1"}),
        ("[global]\ntrusted-host = a b\ntimeout = 40", {}, {"UV_INSECURE_HOST": "a b", "UV_HTTP_TIMEOUT": "40"}),
        ("no section here", {}, {}),
        ("[global\nindex-url = https://a/", {}, {}),
    ],
)
def test_uv_is_told_what_pip_knows_but_nothing_over_what_the_operator_told_it(
    tmp_path: Path, config: str, variables: dict[str, str], told: dict[str, str]
) -> None:
    home = tmp_path / "home"
    place_pip_conf(home / ".config", config)
    found = uv_variables({**NOTHING, "HOME": str(home), **variables}, tmp_path)
    assert found.items() >= told.items()
    assert {name for name in found if name not in {"UV_INDEX_STRATEGY", "UV_NATIVE_TLS"}} == told.keys()


def test_the_nearer_of_pips_files_wins(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": f"{tmp_path}/first:{tmp_path}/second"}
    place_pip_conf(tmp_path / "second", "[global]\nindex-url = second\ntimeout = 1\nproxy = 1")
    place_pip_conf(tmp_path / "first", "[global]\nindex-url = first\ntimeout = 2\nproxy = 2")
    place_pip_conf(tmp_path / "home" / ".config", "[global]\nindex-url = own\ntimeout = 3")
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = environment")
    found = read_pip_settings(environ, tmp_path)
    assert (found["index-url"], found["timeout"], found["proxy"]) == ("environment", "3", "2")


class Clone:
    """A folder with tiny locks, programs of its own on the path, and no way to an index."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs, self.log = folder, folder / "programs", folder / "uv.log"
        self.programs.mkdir()
        for lock in ("requirements.lock", "requirements-dev.lock"):
            pins = "".join(
                f"{name} \\\n    --hash=sha256:{'0' * 64}\n" for name in ("setuptools==84.2.1", "uv==0.13.9")
            )
            (folder / lock).write_text(pins)

    def add_uv(self, version: str = "0.13.9", ending: str = "exit 0") -> None:
        file = self.programs / "uv"
        file.write_text(LOGGING_UV.format(version=version, log=self.log, ending=ending))
        file.chmod(0o755)

    def add_offline_pip(self) -> None:
        (self.folder / "modules" / "pip").mkdir(parents=True)
        (self.folder / "modules" / "pip" / "__init__.py").touch()
        (self.folder / "modules" / "pip" / "__main__.py").write_text(OFFLINE_PIP)

    def set_up(self, level: str = "run") -> subprocess.CompletedProcess[str]:
        path = f"{self.programs}:{Path(shutil.which('sh') or '/bin/sh').parent}"
        modules = f"{ROOT}:{self.folder / 'modules'}"
        environ = {**NOTHING, "PATH": path, "PYTHONPATH": modules, "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
        argv = [sys.executable, "-m", "environment", level]
        return subprocess.run(  # noqa: S603
            argv, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=patience(60), check=False
        )

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_a_new_enough_uv_installs_builder_lock_and_project_and_the_note_keeps_the_first_making(clone: Clone) -> None:
    clone.add_uv()
    done = clone.set_up()
    assert done.returncode == 0, done.stderr
    assert [line.split("--python")[0] for line in clone.asked] == [
        "http://127.0.0.1:9/simple|pip install --quiet --no-deps --no-build-isolation "
    ] * 3
    assert [line.split("/bin/python ")[1].split()[0] for line in clone.asked] == ["--require-hashes"] * 2 + ["-e"]
    assert re.fullmatch(
        r"Installing 2 packages with uv 0\.13\.9 \(about \d+ s\) … \d+\.\d s\nCompiling what runs … \d+\.\d s\n",
        done.stderr,
    )

    record = clone.folder / ".venv" / ".setup.json"
    made = json.loads(record.read_text())["run"]
    assert (made["packages"], made["by"]) == (2, "uv 0.13.9")
    assert 0 < made["seconds"] < 60
    assert not (clone.folder / ".venv" / ".ready-dev").exists()
    assert clone.set_up("dev").returncode == clone.set_up().returncode == 0
    assert json.loads(record.read_text())["run"] == made
    assert {".ready", ".ready-dev"} <= {path.name for path in (clone.folder / ".venv").iterdir()}


@pytest.mark.parametrize("uv", [None, "0.4.29", "fails"])
def test_without_an_index_one_clear_sentence_says_what_to_do_and_nothing_counts_as_ready(
    clone: Clone, uv: str | None
) -> None:
    clone.add_offline_pip()
    if uv:
        ending = "echo 'error: Failed to fetch' >&2; echo '  Caused by: dns error' >&2; exit 2"
        clone.add_uv(*(["0.13.9", ending] if uv == "fails" else [uv]))
    done = clone.set_up()
    assert done.returncode == 1
    assert bool(clone.asked) is (uv == "fails")
    assert "could not be installed: no index of packages can be reached (ERROR: No distribution found)" in done.stderr
    assert ("Installing" in done.stderr) is (uv == "fails")
    assert "PIP_INDEX_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (clone.folder / ".venv" / ".ready").exists()
    log = (clone.folder / ".venv" / "setup.log").read_text()
    assert ("dns error" in log) is (uv == "fails")


def test_without_a_network_uv_may_still_have_everything_in_its_cache(clone: Clone) -> None:
    clone.add_offline_pip()
    clone.add_uv(ending="[ -n \"$UV_OFFLINE\" ] && exit 0; echo 'Caused by: dns error' >&2; exit 2")
    done = clone.set_up()
    assert done.returncode == 0, done.stderr
    assert "with uv 0.13.9 out of its cache" in done.stderr


def test_an_environment_whose_interpreter_is_gone_is_made_anew(clone: Clone) -> None:
    clone.add_uv()
    (clone.folder / ".venv" / "bin").mkdir(parents=True)
    (clone.folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.9")
    done = clone.set_up()
    assert done.returncode == 0, done.stderr
    assert (clone.folder / ".venv" / "bin" / "python").exists()


@pytest.mark.parametrize("words", ["exit 127", "echo 'pyenv: uv: command not found' >&2; exit 127"])
def test_a_uv_that_only_seems_to_be_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    (tmp_path / "uv").write_text(f"#!/bin/sh\n{words}\n")
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert find_uv(tmp_path) is None


@pytest.mark.parametrize("name", [name for part in DOORS for name in part])
def test_what_is_compiled_ahead_exists(name: str) -> None:
    assert find_spec(name) is not None


def test_a_lock_without_the_builder_and_an_unknown_word_are_told_in_words(clone: Clone) -> None:
    clone.add_uv()
    (clone.folder / "requirements.lock").write_text("click==8\n")
    assert clone.set_up().stderr == "requirements.lock does not pin setuptools: run `make lock`\n"
    assert clone.set_up("production").returncode == 2
