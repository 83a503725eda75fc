"""JSON that a model wrote badly, mended by json-repair and held against what stands in the text.

The library mends whatever it is given: it ends strings that were cut off, drops the first of two objects in a row, and
takes seconds or minutes for a few kilobytes of quotation marks or brackets. So it is given only what our own reader of
tokens (`structure.py`) finds complete and in order, with strings spelled as in JSON, at most MOST_MENDED characters of
it, and its result is taken only when it holds the very keys, strings, numbers and literals that stand there, in their
order, and none else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from json_repair import repair_json

from app.domain.prompting.reading.structure import Atom, Node, Structure, respell
from app.domain.text import storable

MOST_MENDED = 60_000
"""Characters of one answer that are given to the library; it takes up to 5 µs for each."""

SWALLOWED = re.compile(r"""[}\]]\s*,?\s*\{\s*["']?\w+["']?\s*:""")
"""In a string of broken JSON it says that the string may have lost its end, and holds the next item."""


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value, and whether it had to be mended."""

    json: Any
    mended: bool


@dataclass(slots=True)
class Mender:
    """Values of the nodes of one text; `used` are the characters given to the library so far."""

    text: str
    structure: Structure
    used: int = 0

    def read(self, node: Node) -> Value | None:
        """Returns the value of a closed node; None when it is not known for sure."""
        if node.end is None or not node.sound:
            return None
        raw = self.text[node.start : node.end]
        try:
            return Value(json.loads(raw), mended=False)
        except (ValueError, RecursionError):
            return self._mend(raw, self.structure.atoms_of(node))

    def _mend(self, raw: str, atoms: Sequence[Atom]) -> Value | None:
        self.used += len(raw)
        if self.used > MOST_MENDED or any(isinstance(one, str) and SWALLOWED.search(one) for one in atoms):
            return None
        try:
            value = repair_json(respell(raw), return_objects=True, skip_json_loads=True)
        except (ValueError, RecursionError, IndexError, KeyError, TypeError, AttributeError):
            return None
        told = list(_atoms(value))
        same = len(told) == len(atoms) and all(_is_same(*pair) for pair in zip(told, atoms, strict=True))
        return Value(value, mended=True) if same else None


def _atoms(value: Any) -> Iterator[Atom]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _atoms(one)
    elif isinstance(value, list):
        for one in value:
            yield from _atoms(one)
    else:
        yield value


def _is_same(told: Atom, written: Atom) -> bool:
    """Whether two atoms are the same; the library drops space at the end of strings, and quotes some numbers."""
    if isinstance(told, str) and isinstance(written, str):
        return storable(told).strip() == written.strip()
    if isinstance(told, bool) or isinstance(written, bool) or told is None or written is None:
        return told is written
    if isinstance(written, str):
        return False
    try:
        return math.isclose(float(told), written, rel_tol=1e-12)
    except (ValueError, OverflowError):
        return False
