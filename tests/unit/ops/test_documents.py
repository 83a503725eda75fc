"""What the documents name exists: files, commands, make targets, settings, metrics, anchors."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest
from prometheus_client import REGISTRY

from app import metrics
from app.cli.main import chorus
from app.config import Settings
from docs.settings_table import README, render_table, replace_table

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docker").glob("*.md")], key=str)
FENCES = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[\w-][\w.-]*(?:/[\w.-]+)*/?")
SUFFIXES = (
    ".py",
    ".toml",
    ".json",
    ".yaml",
    ".yml",
    ".lua",
    ".md",
    ".txt",
    ".svg",
    ".lock",
    ".sh",
    ".cfg",
    ".js",
    ".html",
)
FOLDERS = ("app", "tasks", "tests", "docs", "docker", "migrations", "monitoring", "bench", "drills")
MADE_LATER = {"var", "secrets"}
IN_VAR = {*"keys/ postgres/ redis-broker/ redis-cache/ log/ sandbox/ ports.json choices.json up.lock".split()}
"""What docs/operations.md names as lying in the folder of an installation."""


def code_of(text: str) -> list[str]:
    """The lines of code blocks, and the pieces of code within sentences."""
    blocks = FENCES.findall(text)
    return [*(line.strip() for block in blocks for line in block.splitlines()), *CODE.findall(FENCES.sub("", text))]


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    """Every document in turn."""
    path: Path = request.param
    return path


def test_the_readme_tells_every_setting_as_the_code_has_it() -> None:
    readme = README.read_text(encoding="utf-8")
    assert replace_table(readme) == readme, (
        "run .venv/bin/python docs/settings_table.py; the table is:\n" + render_table()
    )
    assert all(f"| `{name.upper()}` |" in readme for name in Settings.model_fields)


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        replace_table("# Chorus")


def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCES.sub("", text)):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target.partition("#")[0]).exists(), f"{target} does not exist"


def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    code = code_of(document.read_text(encoding="utf-8"))
    named = {match[1] for line in code if (match := re.search(r"(?:^|\s)make ([a-z]+)\b", line))}
    assert named - targets == set()


def test_every_chorus_command_and_option_exists(document: Path) -> None:
    for line in code_of(document.read_text(encoding="utf-8")):
        match = re.search(r"(?:^|/|\s)chorus ([a-z].*)", line)
        if match:
            check_command(match[1].split("#")[0].split(";")[0].split())


def check_command(words: list[str]) -> None:
    """Follows the words of a command line through the groups, and looks every option up."""
    command: click.Command = chorus
    context = click.Context(chorus)
    for word in words:
        if isinstance(command, click.Group):
            found = command.get_command(context, word)
            assert found is not None, f"there is no {word!r} in `chorus {' '.join(words)}`"
            command = found
        elif word.startswith("--") and word not in {"--", "--help"}:
            known = {option for parameter in command.params for option in parameter.opts}
            assert word in known, f"`chorus {' '.join(words)}` has no {word}"


def test_every_file_and_folder_that_is_named_exists(document: Path) -> None:
    code = CODE.findall(FENCES.sub("", document.read_text(encoding="utf-8")))
    paths = [words for words in code if PATH.fullmatch(words) and ("/" in words or words.endswith(SUFFIXES))]
    assert [path for path in paths if not exists(path, document.parent)] == []


def exists(path: str, beside: Path) -> bool:
    """Whether a path leads somewhere, from the root, from its document, or as a lone name from anywhere in the code.

    What the product or an operator makes is named in the source that makes it or reads it.
    """
    if (ROOT / path).exists() or (beside / path).exists():
        return True
    name = path.rstrip("/").rpartition("/")[2]
    if path.partition("/")[0] in MADE_LATER or path in IN_VAR:
        return "NAME" in name or name.partition(".")[0] in source_text()
    return "/" not in path and any(next((ROOT / folder).rglob(name), None) for folder in FOLDERS)


@cache
def source_text() -> str:
    """All of the source that makes files while it runs."""
    files = [file for folder in ("app", "bench", "docker") for file in (ROOT / folder).rglob("*") if file.is_file()]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.suffix in {".py", ".sh", ".yaml"})


@pytest.mark.parametrize(
    "path", ["app/nothing.py", "nothing.py", "var/no-such.json", "docs/decisions/0099-nothing.md", "nothing/"]
)
def test_a_path_that_leads_nowhere_is_found(path: str) -> None:
    assert not exists(path, ROOT)


def test_no_number_of_a_decision_is_skipped_or_given_twice() -> None:
    numbers = sorted(int(file.name[:4]) for file in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_metric_of_the_code_is_explained() -> None:
    assert metrics.TICKS in REGISTRY._collector_to_names
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    own = {family.name for family in REGISTRY.collect() if family.name.startswith("chorus_")}
    assert {name for name in own if name not in text} == set()
