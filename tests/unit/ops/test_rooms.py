"""The table of rooms in docs/architecture.md is the tree: no room without a line, no line without a room."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "architecture.md"
FLOORS = {
    "domain": ROOT / "app" / "domain",
    "repositories": ROOT / "app" / "repositories",
    "services": ROOT / "app" / "services",
    "tasks": ROOT / "tasks",
    "web": ROOT / "app" / "web",
    "cli": ROOT / "app" / "cli",
}
BESIDE = {
    "domain": "addresses analysis behaviour errors json_text ports postprocess prompting safety text threads",
    "repositories": "paging server",
    "services": "",
    "tasks": "base celery consumer flower last_words scheduler",
    "web": "api context csrf doors errors filters forms headers health metrics paging state static templates",
    "cli": "celery demo doctor doors installation lines main migrate migration plain stack up worker",
}
"""What stands on a floor and is no room, by name."""

SINGULAR = {"utterance": "utterances"}


def read_table() -> dict[str, set[str]]:
    """The floors of each room, as the document has them."""
    text = DOCUMENT.read_text(encoding="utf-8")
    table = re.search(r"<!-- the table of rooms begins.*?-->\n(.*?)<!--", text, re.DOTALL)
    assert table
    _, _, *rows = table[1].strip().splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {
        name.strip("`"): {floor for floor, mark in zip(FLOORS, marks, strict=True) if mark} for name, _, *marks in cells
    }


def names_on(folder: Path) -> set[str]:
    """Packages and modules of a floor."""
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"}
    return modules | packages


def test_every_room_of_the_document_is_in_the_tree_and_every_room_of_the_tree_in_the_document() -> None:
    rooms: dict[str, set[str]] = {}
    for floor, folder in FLOORS.items():
        for name in names_on(folder) - set(BESIDE[floor].split()):
            rooms.setdefault(SINGULAR.get(name, name), set()).add(floor)
    assert read_table() == rooms


def test_what_stands_beside_the_rooms_exists() -> None:
    for floor, folder in FLOORS.items():
        assert set(BESIDE[floor].split()) <= names_on(folder), floor
