"""The brackets of JSON that may be broken: which objects and lists of a text are complete, and what stands in them.

Nothing is mended here. The reader only knows tokens: a text is taken for a string only where one may stand, and as soon
as a string is followed by what cannot follow one, every later quotation mark may be a beginning or an end: it stops.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.domain.json_text import MOST_DEPTH
from app.domain.text import storable

TOKEN = re.compile(
    r"""
    (?P<space>\s+|(?://|\#)[^\n"'\\]*(?:\n|\Z)|/\*[^"'\\]{0,2000}?\*/)
  | (?P<string>"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+'|“[^”]*+”)
  | (?P<number>-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,5})?(?![\w.]))
  | (?P<word>[^\W\d][\w$-]*)
  | (?P<mark>[{}\[\],:])
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}
LITERALS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
OPENING = re.compile(r"[{\[]")
PIECE = re.compile(r"""\\["']|["'”]\s*:\s*["'“\d]""")
"""In prose it says that what follows stands in strings: a piece of JSON that lost its beginning, or JSON in JSON."""

CLOSES = {"}": "{", "]": "["}

MOST_STARTS = 200
"""Brackets in prose that turn out to begin no JSON; behind so many nothing is looked for."""

MOST_VALUES = 1000
"""Objects and lists in a row; the rest is not looked at."""

Atom = str | float | bool | None
Want = Literal["key", "colon", "value", "comma"]


@dataclass(slots=True)
class Node:
    """An object or list of a text, from `start` to `end`, which is None when it is not closed.

    `sound` says that its tokens stand in an order that can be read; `first` and `last` bound its atoms (keys, strings,
    numbers, literals) among those of the whole text. `key` is the one it has in the object around it.
    """

    mark: str
    start: int
    first: int
    want: Want
    key: str | None = None
    end: int | None = None
    last: int = 0
    sound: bool = True
    keys: set[str] = field(default_factory=set)
    children: list[Node] = field(default_factory=list)
    last_key: str | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """The objects and lists of a text that stand in no other one, and all atoms in their order."""

    nodes: Sequence[Node]
    atoms: Sequence[Atom]

    def atoms_of(self, node: Node) -> Sequence[Atom]:
        """Returns the atoms of a closed node."""
        return self.atoms[node.first : node.last]


def read_structure(text: str) -> Structure:
    """Reads the brackets of `text`, prose between them or not. Takes time that grows with its length."""
    return _Reader(text).read()


def respell(raw: str) -> str:
    """Returns a piece of a text with its strings spelled as in JSON, and without comments."""
    return TOKEN.sub(_respell_one, raw)


def _respell_one(token: re.Match[str]) -> str:
    if token.lastgroup == "string":
        return json.dumps(unescape(token[0][1:-1]), ensure_ascii=False)
    return " " if token.lastgroup == "space" else token[0]


def unescape(raw: str) -> str:
    """Returns a string's value; an escape that JSON does not know stays as it is written."""
    return storable(ESCAPE.sub(_unescape_one, raw))


def _unescape_one(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else ESCAPED.get(code, found[0])


def _distrust(node: Node) -> None:
    """Takes a node, and those that end right where it ends, for unsound."""
    last: Node | None = node
    while last is not None:
        last.sound = False
        last = last.children[-1] if last.children else None


class _Doubt(Exception):
    """A token where it cannot stand: no quotation mark behind it can be trusted."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._nodes: list[Node] = []
        self._atoms: list[Atom] = []
        self._open: list[Node] = []
        self._has_string = False
        self._quote, self._key_quote = '"', ""
        self._last = {quote: text.rfind(quote) for quote in "\"'”}]"}
        self._starts = 0

    def read(self) -> Structure:
        at: int | None = 0
        while at is not None:
            at = self._step(at) if self._open else self._find_start(at)
        return Structure(self._nodes, self._atoms)

    def _find_start(self, at: int) -> int | None:
        found = OPENING.search(self._text, at)
        self._has_string = False
        if self._nodes and not self._nodes[-1].sound:
            self._key_quote = ""
        if (
            found is None
            or self._starts >= MOST_STARTS
            or len(self._nodes) >= MOST_VALUES
            or PIECE.search(self._text, at, found.start())
        ):
            return None
        return self._begin(found[0], found.start())

    def _step(self, at: int) -> int | None:
        """Reads the token at `at`; returns where the next one begins, None at the end."""
        token = TOKEN.match(self._text, at)
        try:
            if token is None:
                raise _Doubt
            return self._take(token)
        except _Doubt:
            if at >= len(self._text):
                return None
            if not self._is_cut(at):
                self._mistrust(at)
            if self._has_string or self._text[at] == "\\":
                return None
            self._nodes.pop()
            self._open.clear()
            self._starts += 1
            return at

    def _is_cut(self, at: int) -> bool:
        """Returns whether a string begins at `at`, where one may stand, and has no end."""
        return self._text[at] == self._quote and self._open[-1].want in ("key", "value")

    def _mistrust(self, at: int) -> None:
        """What was closed before something that cannot stand at `at` may have been closed by a mark inside of a string,
        when a mark or a bracket is still to come.
        """
        if at > max(self._last[one] for one in ('"', self._quote, "}", "]")):
            return
        for children in (self._nodes, *(node.children for node in self._open)):
            for child in children[-2:]:
                _distrust(child)

    def _take(self, token: re.Match[str]) -> int:
        kind, text = token.lastgroup, token[0]
        if kind == "mark":
            self._mark(text, token.start())
        elif kind == "string":
            self._string(text)
        elif kind == "number":
            self._atom(float(text), text)
        elif kind == "word":
            self._word(text)
        return token.end()

    def _string(self, spelled: str) -> None:
        """Takes a string; all keys stand in the same marks, and where these are double, so do all strings."""
        quote = spelled[-1]
        if self._open[-1].want == "key":
            self._key_quote = self._key_quote or quote
        if quote != self._key_quote and (self._open[-1].want == "key" or self._key_quote == '"'):
            self._mistrust(0)
            raise _Doubt
        self._atom(unescape(spelled[1:-1]), spelled)
        self._has_string, self._quote = True, quote

    def _expect(self, node: Node, expected: bool, at: int) -> None:
        """Takes `node` for unsound, and doubts what ended before `at`, unless what stands there was expected."""
        if expected:
            return
        node.sound = False
        self._starts += 1
        self._mistrust(at)
        if self._starts > MOST_STARTS:
            self._has_string = True
            raise _Doubt

    def _mark(self, mark: str, at: int) -> None:
        top = self._open[-1]
        if mark in "{[":
            self._begin(mark, at)
        elif mark in "}]":
            self._close(mark, at + 1)
        elif mark == ",":
            self._expect(top, top.want not in ("colon", "value") or top.mark == "[", at)
            top.want = "key" if top.mark == "{" else "value"
        else:
            self._expect(top, top.want == "colon", at)
            top.want = "value"

    def _begin(self, mark: str, at: int) -> int:
        parent = self._open[-1] if self._open else None
        if len(self._open) > MOST_DEPTH:
            self._has_string = True
            raise _Doubt
        node = Node(mark, at, len(self._atoms), "key" if mark == "{" else "value")
        if parent is None:
            self._nodes.append(node)
        else:
            self._expect(parent, parent.want == "value" or (parent.mark == "[" and mark == "{"), at)
            node.key, parent.want = parent.last_key if parent.want == "value" else None, "comma"
            parent.children.append(node)
        self._open.append(node)
        return at + 1

    def _close(self, mark: str, end: int) -> None:
        """Closes the innermost node that `mark` can close; those inside of it stay without an end."""
        match = next((one for one in reversed(self._open) if one.mark == CLOSES[mark]), None)
        if match is None:
            self._expect(self._open[-1], expected=False, at=end)
            return
        if match is not self._open[-1]:
            match.sound = False
            if end <= self._last['"']:
                self._has_string = True
                raise _Doubt
        self._expect(match, match.mark == "[" or match.want in ("key", "comma"), at=0)
        while self._open.pop() is not match:
            pass
        match.end, match.last = end, len(self._atoms)

    def _word(self, word: str) -> None:
        if self._open[-1].want == "value":
            if word not in LITERALS:
                raise _Doubt
            self._atom(LITERALS[word], word)
        else:
            self._atom(word, word)

    def _atom(self, value: Atom, spelled: str) -> None:
        top = self._open[-1]
        if top.want == "key":
            top.last_key = value if isinstance(value, str) else spelled
            top.sound &= top.last_key not in top.keys
            top.keys.add(top.last_key)
            self._atoms.append(top.last_key)
            top.want = "colon"
        elif top.want == "value":
            self._atoms.append(value)
            top.want = "comma"
        else:
            raise _Doubt
