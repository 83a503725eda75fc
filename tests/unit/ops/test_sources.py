"""What the source itself keeps to: every SQL statement stands in a repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HOMES = ("app/repositories/", "app/models/", "app/db.py", "app/after_commit.py")
"""Where statements are written: repositories, the tables, the engine (and the migrations, which lie outside)."""

ADDRESS = "app/postgres/address.py"
"""It asks libpq which parameters an address may have."""

OWN_SERVER = "app/cli/stack/postgres.py"
"""It makes the embedded server's database, before there is anything that a repository could speak to."""

HARMLESS = {"Engine", "Connection"}
"""What others may take of SQLAlchemy's core: names for types, and from its other modules errors and sessions."""

HARMLESS_MODULES = {"sqlalchemy.exc", "sqlalchemy.orm"}
HARMLESS_OF_ORM = {"Session", "sessionmaker"}


def sources() -> list[Path]:
    found = [path for room in ("app", "tasks") for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if not str(path.relative_to(ROOT)).startswith(HOMES)]


def statements_in(tree: ast.AST) -> Iterator[str]:
    """Each import by which a module could write SQL, as it stands there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.partition(".")[0] in {"sqlalchemy", "psycopg2"})
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names if _can_speak(node.module, name.name))


def _can_speak(module: str, name: str) -> bool:
    if module.partition(".")[0] == "psycopg2":
        return True
    if module == "sqlalchemy":
        return name not in HARMLESS
    if module == "sqlalchemy.orm":
        return name not in HARMLESS_OF_ORM
    return module.startswith("sqlalchemy.") and module not in HARMLESS_MODULES


def test_sql_is_written_in_repositories_only() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in sources()
        if (names := list(statements_in(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found.pop(OWN_SERVER) == ["psycopg2", "psycopg2.sql"]
    assert found.pop(ADDRESS) == ["psycopg2", "psycopg2.extensions.make_dsn"]
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "from sqlalchemy import text",
        "from sqlalchemy import Engine, select",
        "import sqlalchemy as sa",
        "from sqlalchemy.dialects.postgresql import insert",
        "from sqlalchemy.orm import Session, aliased",
        "import psycopg2",
    ],
)
def test_a_statement_elsewhere_would_be_seen(line: str) -> None:
    assert len(list(statements_in(ast.parse(f"def work():\n    {line}")))) == 1


def test_errors_sessions_and_types_are_no_statements() -> None:
    lines = "from sqlalchemy import Engine\nfrom sqlalchemy.exc import DBAPIError\nfrom sqlalchemy.orm import Session"
    assert list(statements_in(ast.parse(lines))) == []
