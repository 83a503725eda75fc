"""One room sets the state of utterances, by one writer a transition, called by whom the table names."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from app.domain.utterance import BY_NAME, Actor
from app.repositories.utterances.sql import fill, write
from tests.unit.repositories.sources import ROOM, ROOT, product_files, texts_in, writes_state

BY_HAND = re.compile(r"\bstate\s+(?:not\s+)?in\s*\(\s*'")
STRANGERS = [path for path in product_files() if ROOM not in path.parents]

CALLERS: tuple[tuple[str, set[Actor]], ...] = (
    ("services/lanes/", {Actor.LANE}),
    ("services/delivery/", {Actor.DELIVERY}),
    ("services/schedule/tick", {Actor.TICK}),
    ("services/ingest/", {Actor.INGEST}),
    ("services/people/", {Actor.COMMAND}),
    ("repositories/people/", {Actor.COMMAND}),
    ("services/schedule/sweeping", {Actor.SWEEPER}),
    ("services/utterances/", {Actor.OPERATOR}),
    ("services/work/", {Actor.WORK, Actor.OPERATOR}),
)
"""Which modules act for whom; those of `work` for operators, too, who have parked items tried again."""


@pytest.mark.parametrize(
    "statement",
    [
        "update utterances set state = 'sent' where id = :id",
        "UPDATE utterances u SET lease_until = null,\n state='sent' from bots b where b.id = u.bot_id",
        "with a as (update utterances set text = (select x from y where state = 1), state = :s returning id) select 1",
        "update utterances set (reason, state) = ('x', 'sent')",
        "update bots set status = 'broken'; update utterances set reason = 'x', state = 'failed'",
        "insert into utterances (bot_id) values (1)",
        "update {} set state = 'planned' where id = any(:ids)",
    ],
)
def test_a_statement_that_sets_a_state_is_found(statement):
    assert writes_state(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update utterances set available_at = :at where id = :id and state = 'ready'",
        "update utterances u set available_at = n.at from n where u.state in ('planned') and (u.id = n.id)",
        "update llm_jobs set state = 'done' where id = :id",
        "select id from utterances where state = 'ready' for update",
        "delete from utterances where finished_at < :before and state <> 'unknown'",
        "update utterances set text = '' where id in (select id from utterances where state = 'sent')",
    ],
)
def test_a_statement_that_looks_at_states_is_not_taken_for_one(statement):
    assert not writes_state(statement)


@pytest.mark.parametrize("path", STRANGERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_else_sets_the_state_of_an_utterance(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert [statement for statement in texts_in(tree) if writes_state(statement)] == []
    if "models" not in path.parts:
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert "Utterance" not in names, "the table's class could set it as well"


def test_nobody_lists_states_by_hand():
    tools = [*(ROOT / "drills").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    readers = [path for path in (*product_files(), *tools) if "models" not in path.parts]
    assert [path.name for path in readers if BY_HAND.search(path.read_text("utf-8"))] == []


def test_every_transition_has_one_writer_and_no_statement_of_the_room_goes_without():
    written: Counter[str] = Counter()
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for call in writes_in(tree):
            written.update(str(ast.literal_eval(call.args[0])).split())
        setting = [statement for statement in texts_in(tree) if writes_state(statement)]
        assert all("state = {" in s or "{new}" in s or "then {" in s for s in setting), path.name
    assert written == dict.fromkeys(BY_NAME, 1)


def test_a_writer_must_compare_with_the_old_state_and_set_the_new_one():
    with pytest.raises(ValueError, match="old"):
        write("claim", "update utterances set state = {new} where id = :id")
    with pytest.raises(ValueError, match="new"):
        write("claim", "update utterances set lease_until = null where state {old}")
    with pytest.raises(ValueError, match="different"):
        write("claim fail", "update utterances set state = case when x then {claim} else {fail} end where state {old}")
    with pytest.raises(KeyError):
        fill("state {NEARLY_OPEN}")


def test_each_is_called_by_whom_the_table_names():
    transitions = transitions_of_functions()
    seen: dict[str, set[Actor]] = {}
    for path in STRANGERS:
        for function in called_functions(path) & transitions.keys():
            for name in transitions[function]:
                actors = actors_of(path) & set(BY_NAME[name].actors)
                assert actors, f"{path.name} may not cause {name}"
                seen.setdefault(name, set()).update(actors)
    assert seen == {name: set(transition.actors) for name, transition in BY_NAME.items()}


def actors_of(path: Path) -> set[Actor]:
    where = path.relative_to(ROOT / "app").as_posix()
    return next(actors for prefix, actors in CALLERS if where.startswith(prefix))


def writes_in(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "write"
    ]


def transitions_of_functions() -> dict[tuple[str, str], set[str]]:
    """What each function of the room may cause, by module and name: its statements', and those of whom it calls."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in sorted(ROOM.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        statements = {
            target.id: set(str(ast.literal_eval(node.value.args[0])).split())
            for node in tree.body
            if isinstance(node, ast.Assign) and node.value in writes_in(tree)
            for target in node.targets
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                caused = set().union(*(statements.get(name, found.get((path.stem, name), set())) for name in used))
                if caused:
                    found[path.stem, node.name] = caused
    return found


def called_functions(path: Path) -> set[tuple[str, str]]:
    """The room's functions that a module calls."""
    tree = ast.parse(path.read_text("utf-8"))
    room = "app.repositories.utterances"
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = {alias.name for node in imports if node.module == room for alias in node.names}
    called = {
        (node.module.rpartition(".")[2], alias.name)
        for node in imports
        if node.module and node.module.startswith(f"{room}.")
        for alias in node.names
    }
    called |= {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
    }
    return called
