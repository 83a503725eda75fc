"""The tolerant reader of a provider's answer: what was asked for, also where it is wrapped, keyed or written badly.

Strict first; then what is left without reasoning, fences and prose, read as JSON, mended where that is certain, in
whichever form the items stand. On doubt an item is left out: it is asked for again, whereas a wrong text is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.errors import LLMMalformed
from app.domain.prompting.reading.forms import WRAPPERS, Asked, Form, Found, Item, read_asked, read_forms
from app.domain.prompting.reading.mending import Mender
from app.domain.prompting.reading.reasoning import SURROUND, Parts, skip_surround, take_out_reasoning
from app.domain.prompting.reading.strict import pick, read_items
from app.domain.prompting.reading.structure import Node, read_structure

Repair = Form | Literal["think_block", "channel_marks", "fence", "prose", "mended", "run_on", "cut"]
"""What had to be done to read an answer: reasoning and what else stood around it, the form of its items, its JSON."""

MOST_READ = 200_000
"""Characters of an answer without its reasoning, beyond which only a strict one is read; fifty items take 40,000."""


FENCE = re.compile("```|~~~")
TOKENS = re.compile("<[|｜]")
WORD = re.compile(r"\w")
STRING_END = re.compile(r"""\w.*[}\]]|["'”]\s*[}\]]|\A\s*[,:}\]].*["'”]""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """The items of an answer by id, and what had to be done to read them."""

    items: dict[str, Item]
    repairs: tuple[Repair, ...] = ()


def read_answer(text: str, wanted: Sequence[str], schema: Mapping[str, Any], truncated: bool = False) -> Reading:
    """Reads the items `wanted`, in the order of the prompt, of an answer in `schema`; those in doubt are left out.

    `truncated` says that the provider's limit of tokens ended the answer: then what stands behind prose may be a draft
    of reasoning that never ended, and is not taken. Raises LLMMalformed when nothing in the answer is an item.
    """
    try:
        items, malformed = read_items(text, wanted), None
    except LLMMalformed as error:
        items, malformed = {}, error
    if items:
        return Reading(items)
    reading = _read(take_out_reasoning(text), read_asked(wanted, schema), truncated)
    if malformed is not None and not reading.items:
        raise malformed
    return reading


@dataclass(frozen=True, slots=True)
class _Source:
    """A JSON value of an answer; `certain` says that it is the whole answer, and was not mended."""

    value: Any
    mended: bool = False
    certain: bool = False


def _read(parts: Parts, asked: Asked, truncated: bool) -> Reading:
    repairs: set[Repair] = set()
    if parts.think_block:
        repairs.add("think_block")
    if parts.channel_marks:
        repairs.add("channel_marks")
    all_found: list[tuple[_Source, Found]] = []
    for text in parts.texts:
        for source in _sources(text, repairs, truncated, len(parts.texts) == 1 and not truncated):
            found = Found()
            read_forms(source.value, asked, found)
            all_found.append((source, found))
    entries, used = _choose(all_found, asked)
    repairs.update(form for _, found in used for form in found.forms)
    if any(source.mended for source, _ in used):
        repairs.add("mended")
    if len(used) > 1:
        repairs.add("run_on")
    return Reading(pick(entries, asked.ids), tuple(sorted(repairs)))


def _choose(
    all_found: Sequence[tuple[_Source, Found]], asked: Asked
) -> tuple[list[tuple[str, Item]], Sequence[tuple[_Source, Found]]]:
    """Returns the items with their ids, and where they come from.

    Items that name no id get theirs when there is one for one asked for, else by their order, when they are the whole
    answer as it was written, and as many as were asked for.
    """
    named = [(source, found) for source, found in all_found if found.named]
    if named:
        return [entry for _, found in named for entry in found.named], named
    unnamed = [(source, found, items) for source, found in all_found for items in found.unnamed]
    if len(unnamed) != 1:
        return [], ()
    source, found, items = unnamed[0]
    alone = len(asked.ids) == 1 and "single" in found.forms
    if len(items) != len(asked.ids) or not (source.certain or alone):
        return [], ()
    return list(zip(asked.ids, items, strict=True)), [(source, found)]


def _sources(text: str, repairs: set[Repair], truncated: bool, only: bool) -> Iterator[_Source]:
    """Yields the JSON values of a part of an answer, and adds what stands around them to `repairs`."""
    encoded = _read_string(text)
    if encoded is not None:
        yield _Source(encoded, certain=only)
        return
    if len(text) > MOST_READ or text[skip_surround(text, 0) :].startswith('"'):
        return
    structure = read_structure(text)
    gaps = _gaps(text, structure.nodes)
    prose = [WORD.search(SURROUND.sub(" ", gap)) is not None for gap in gaps]
    if not structure.nodes or (truncated and prose[0]):
        return
    _note_surroundings(gaps, prose, repairs)
    mender = Mender(text, structure)
    only = only and not any(prose) and len(structure.nodes) == 1
    trusted = max((at for at, gap in enumerate(gaps) if at and _ends_a_string(gap, gap is gaps[-1])), default=0)
    for node in structure.nodes[trusted:]:
        if node.end is None:
            repairs.add("cut")
        value = mender.read(node)
        if value is not None:
            yield _Source(value.json, value.mended, only and not value.mended)
        else:
            yield from _inside(node, mender)


def _inside(node: Node, mender: Mender) -> Iterator[_Source]:
    """Yields the complete items of a list that cannot be read as a whole, itself or below the keys that wrap lists."""
    if node.mark == "{":
        for child in node.children:
            if child.key in WRAPPERS and "id" not in node.keys:
                value = mender.read(child)
                if value is None:
                    yield from _inside(child, mender)
                else:
                    yield _Source({child.key: value.json}, mended=value.mended)
        return
    values = [value for child in node.children if (value := mender.read(child)) is not None]
    if values:
        yield _Source({"items": [one.json for one in values]}, any(one.mended for one in values))
    for child in node.children:
        if child.mark == "{" and child.end is None:
            yield from _inside(child, mender)


def _read_string(text: str) -> str | None:
    """Returns the string that a text, apart from what surrounds it, is in JSON; None for any other text."""
    start = skip_surround(text, 0)
    if text[start : start + 1] != '"':
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        return None
    return str(value) if skip_surround(text, end) == len(text) else None


def _ends_a_string(behind: str, last: bool) -> bool:
    """Whether what stands behind values, `last` in the text, says that they were closed by marks inside of a string."""
    if STRING_END.search(behind) is not None or behind.count('"') % 2 == 1:
        return True
    return not last and behind.lstrip()[:1] in {"}", "]", ":"}


def _gaps(text: str, nodes: Sequence[Node]) -> list[str]:
    """Returns what stands before the values of a text, between them and behind them."""
    ends = [len(text) if node.end is None else node.end for node in nodes]
    return [
        text[start:end] for start, end in zip([0, *ends], [*(node.start for node in nodes), len(text)], strict=True)
    ]


def _note_surroundings(gaps: Sequence[str], prose: Sequence[bool], repairs: set[Repair]) -> None:
    around = "".join(gaps)
    if FENCE.search(around):
        repairs.add("fence")
    if TOKENS.search(around):
        repairs.add("channel_marks")
    if any(prose):
        repairs.add("prose")
