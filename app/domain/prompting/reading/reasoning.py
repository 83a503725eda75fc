"""What a model thinks before it answers: where it begins and ends in a text, and how an answer is freed from it.

The marks are those of the models' chat templates, as servers show them that do not take them out: `<think>` (DeepSeek,
Qwen, GLM, MiniMax, Nemotron), `[THINK]` (Mistral), `<|channel|>analysis<|message|>` (gpt-oss), `<|channel>thought`
(Gemma 4), `◁think▷` (Kimi), `<seed:think>` (Seed), `<|START_THINKING|>` (Cohere), `<|begin_of_thought|>`
(OpenThinker), and what models invent themselves (`<reasoning>`, `<scratchpad>`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NAMES = r"(?:seed:)?(?:think|thinking|thought|thoughts|reasoning|analysis|reflection|scratchpad)"
_CHANNEL = r"<\|channel\|?>\s{0,8}"
_OPEN = rf"""
    <{_NAMES}(?:\s[^<>]{{0,80}})?> | \[THINK\] | ◁think▷ | <\|?unused94\|?>
  | <\|(?:START_THINKING|begin_of_thought|thinking|think|inner_prefix)\|>
  | {_CHANNEL}(?!final\b)\w{{1,20}}
"""
_CLOSE = rf"""
    </{_NAMES}\s{{0,8}}> | \[/THINK\] | ◁/think▷ | <\|?unused95\|?> | <channel\|>
  | <\|(?:END_THINKING|end_of_thought|/thinking|/think|inner_suffix)\|>
  | {_CHANNEL}final\b[^<]{{0,40}}(?:<\|constrain\|>[^<]{{0,40}})?(?:<\|message\|>)?
"""
MARK = re.compile(rf"(?=[<\[◁])(?:(?P<open>{_OPEN})|(?P<close>{_CLOSE}))", re.VERBOSE | re.IGNORECASE)

BARE_CHANNEL = re.compile(r"\A\s*(?:analysis|commentary)(?=\W|[A-Z]).*?assistantfinal(?:json)?", re.DOTALL)
"""The channels of gpt-oss once a server has removed the marks and left their names."""

LONGEST_MARK = 200
"""Characters; a mark at the end of a text so far may be cut within its last ones."""

SURROUND = re.compile(
    r"\s+|<[|｜][^|｜<>]{1,40}[|｜]?>|<\w{1,20}[|｜]>|[`~]{3,}\w{0,12}"
    r"|</?(?:s|bos|eos|seed:eos|answer|response|output)>",
    re.IGNORECASE,
)
"""What stands around an answer without being words: space, special tokens, fences."""

MOST_SURROUND = 30
"""Pieces of it in a row that are skipped at most."""

MOST_LOOKS = 8
"""Places in a text at which a JSON value is looked for, so that the marks in its strings are not taken for marks."""

DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a text outside of its reasoning; `think_block` and `channel_marks` say what was taken out."""

    texts: tuple[str, ...]
    think_block: bool = False
    channel_marks: bool = False


def take_out_reasoning(text: str) -> Parts:
    """Returns what stands outside of the reasoning: without an end it reaches to the end, without a beginning back to
    the start. Marks inside of the strings of a whole JSON value, where an answer begins, are none.
    """
    texts: list[str] = []
    start: int | None = 0
    kinds: set[bool] = set()
    for mark in _marks(text):
        kinds.add("channel" in mark[0].casefold())
        if mark["close"]:
            if start is not None:
                texts.clear()
            start = mark.end()
        elif start is not None:
            texts.append(text[start : mark.start()])
            start = None
    if start is not None:
        texts.append(text[start:])
    bare = BARE_CHANNEL.match(texts[0]) if texts and not kinds else None
    if bare:
        return Parts((text[bare.end() :],), channel_marks=True)
    return Parts(tuple(one for one in texts if one.strip()), False in kinds, True in kinds)


def take_out_of_string(text: str) -> str | None:
    """Returns a string of an answer without the one block of reasoning that it begins with.

    None when other marks are in it, so that nobody knows what is reasoning and what is not, or when nothing is left.
    """
    marks = list(MARK.finditer(text))
    if not marks:
        return text
    block = len(marks) == 2 and marks[0]["open"] and marks[1]["close"] and not text[: marks[0].start()].strip()
    return (text[marks[1].end() :].strip() or None) if block else None


def is_free_of_reasoning(value: Any) -> bool:
    """Returns whether no string or key of a JSON value, at most MOST_DEPTH deep, holds a mark of reasoning."""
    if isinstance(value, str):
        return MARK.search(value) is None
    if isinstance(value, dict):
        return all(MARK.search(key) is None and is_free_of_reasoning(one) for key, one in value.items())
    return all(is_free_of_reasoning(one) for one in value) if isinstance(value, list) else True


class AnswerStart:
    """Search for the place in a growing text where a JSON answer begins, past reasoning, special tokens and a fence.

    Behind prose nothing is an answer until reasoning has ended: it may be reasoning whose beginning is not shown.
    """

    def __init__(self) -> None:
        self._at = 0
        self._sought = 0

    def find(self, text: str) -> int | None:
        """Returns the index of the opening bracket; None when it is not there yet. `text` only grows."""
        while True:
            at = skip_surround(text, self._at)
            mark = MARK.match(text, at)
            if mark is None and text[at : at + 1] in {"{", "["}:
                return at
            if mark is None or not mark["close"]:
                mark = self._seek_close(text, at)
            if mark is None or mark.end() == len(text):
                return None
            self._at = self._sought = mark.end()

    def _seek_close(self, text: str, at: int) -> re.Match[str] | None:
        since = max(at, self._sought - LONGEST_MARK)
        found = next((mark for mark in MARK.finditer(text, since) if mark["close"]), None)
        self._sought = len(text)
        return found


def skip_surround(text: str, at: int) -> int:
    """Returns the index behind space, special tokens and fences."""
    for _ in range(MOST_SURROUND):
        found = SURROUND.match(text, at)
        if found is None or MARK.match(text, at) is not None:
            break
        at = found.end()
    return at


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Yields the marks outside of the JSON values with which answers begin."""
    looks, at = 1, _skip_value(text, 0)
    while (mark := MARK.search(text, at)) is not None:
        yield mark
        at = mark.end()
        if mark["close"] and looks < MOST_LOOKS:
            looks += 1
            at = _skip_value(text, at)


def _skip_value(text: str, at: int) -> int:
    """Returns the index behind the whole object or list that an answer begins with at `at`; else `at`."""
    start = skip_surround(text, at)
    if text[start : start + 1] not in {"{", "["}:
        return at
    try:
        return DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return at
