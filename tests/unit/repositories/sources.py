"""What the product's sources say in SQL, found without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "app" / "repositories" / "utterances"
UPDATE = re.compile(r"\bupdate\s+(?:only\s+)?(?:public\.)?\"?utterances\"?\b(.*)", re.I | re.S)
BIRTH = re.compile(r"\b(?:insert|merge)\s+into\s+(?:public\.)?\"?utterances\"?\b|\bcopy\s+\"?utterances\b", re.I)
ANY_TABLE = re.compile(r"\b(?:update|insert\s+into)\s+\"?\{", re.I)
END_OF_SET = re.compile(r"[();]|\b(?:from|where|returning)\b", re.I)
SETS_STATE = re.compile(r"(?:^|[\s,(])\"?state\"?\s*[,=)]", re.I)


def product_files() -> list[Path]:
    """Every Python file of the product."""
    return sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "tasks").rglob("*.py"), ROOT / "beat_schedule.py"])


def texts_in(tree: ast.AST) -> Iterator[str]:
    """Every text of a module, joined where the source joins it; what is put in at run time is `{}`."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            yield " ".join(texts_in(node.left)) + " " + " ".join(texts_in(node.right))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


def assignments(statement: str) -> str | None:
    """What an UPDATE of utterances sets, or None when it is none; subselects are left out."""
    found = UPDATE.search(statement)
    if found is None:
        return None
    rest, depth, kept = re.split(r"\bset\b", found[1], maxsplit=1, flags=re.I)[-1], 0, []
    at = 0
    for mark in END_OF_SET.finditer(rest):
        kept.append(rest[at : mark.start()] if depth <= 1 else "")
        at = mark.start()
        if mark[0] in "()":
            depth += 1 if mark[0] == "(" else -1
        elif depth == 0:
            break
    else:
        kept.append(rest[at:])
    return "".join(kept)


def writes_state(statement: str) -> bool:
    """Whether a text is SQL that gives an utterance a state, or that may, for its table is put in at run time."""
    if BIRTH.search(statement) or ANY_TABLE.search(statement):
        return True
    pieces = re.split(r"(?=\bupdate\s)", statement, flags=re.I)
    return any(SETS_STATE.search(assignments(piece) or "") for piece in pieces)
