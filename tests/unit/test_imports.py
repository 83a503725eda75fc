"""No module of the product needs, by whatever way, a module that needs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "tasks")


def modules_under(root: Path) -> dict[str, ast.Module]:
    """The modules of the rooms below `root` by their full names."""
    found = {}
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def imported_names(module: ast.Module) -> Iterator[str]:
    """Whatever a module imports, at its top, inside a function or for the type checker alone."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"a relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def import_graph(modules: Mapping[str, ast.Module]) -> dict[str, Set[str]]:
    """Each module with those it imports: the module of a name where the name is not a module itself."""
    graph = {}
    for name, module in modules.items():
        told = (one if one in modules else one.rpartition(".")[0] for one in imported_names(module))
        graph[name] = {one for one in told if one in modules and one != name}
    return graph


def find_circle(graph: Mapping[str, Set[str]]) -> list[str]:
    """The modules of a circle in their order, the first one again at the end; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def modules() -> dict[str, ast.Module]:
    return modules_under(ROOT)


def test_no_module_imports_itself_by_way_of_others(modules):
    assert find_circle(import_graph(modules)) == []


def test_no_import_is_hidden_from_the_interpreter(modules):
    assert [name for name, module in modules.items() if "typing.TYPE_CHECKING" in imported_names(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from app.second import name",
        "import app.second",
        "from app import second",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.second import name",
        "def late():\n    from app.second import name",
    ],
)
def test_a_circle_is_found_however_it_is_closed(tmp_path, text):
    folder = tmp_path / "app"
    folder.mkdir()
    for name, body in {
        "__init__": "",
        "first": text,
        "second": "import app.third",
        "third": "import app.first",
    }.items():
        (folder / f"{name}.py").write_text(body)
    assert set(find_circle(import_graph(modules_under(tmp_path)))) == {"app.first", "app.second", "app.third"}
