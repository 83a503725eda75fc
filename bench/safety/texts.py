"""The texts: one file a source, one text a line after the reason to refuse it, or after `harmless`.

A source has one author and one angle, so that a model not fitted on it is tested on unfamiliar texts.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click

from app.domain.safety.folding import unmask
from app.domain.safety.readings import read_words
from bench.threads.logs import read_logs

FOLDER = Path(__file__).parent / "corpus"
CHATS = Path("../shared/data/group_chats/ubuntu-train")
ORDINARY = 5_000
HARMLESS = "harmless"
PHRASES = "phrases"
chats_option = click.option(
    "--data",
    "chats",
    type=click.Path(path_type=Path),
    default=CHATS,
    show_default=True,
    help="Exports of ordinary chats.",
)
ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}", re.IGNORECASE)


@dataclass(frozen=True)
class Labelled:
    """A text and the reason to refuse it, `harmless` when there is none; `plain` if it stands for many similar ones."""

    reason: str
    text: str
    plain: bool = False

    @cached_property
    def folded(self) -> str:
        """The text as folded for the model of meaning."""
        return read_words(unmask(self.text).casefold())[0]


def read_sources(folder: Path = FOLDER) -> dict[str, tuple[Labelled, ...]]:
    """Returns the texts of each source, by its name."""
    return {file.stem: tuple(read_source(file)) for file in sorted(folder.glob("*.tsv"))}


def read_ordinary(folder: Path, seed: int = 0) -> tuple[Labelled, ...]:
    """Returns messages of real chats: harmless, on any subject. Raises BadExport."""
    said = [m.text for log in read_logs(folder) for m in log.messages if m.text.strip() and not m.is_service]
    chosen = random.Random(seed).sample(said, min(ORDINARY, len(said)))
    return tuple(Labelled(HARMLESS, text) for text in chosen)


def read_source(file: Path) -> list[Labelled]:
    r"""Returns the texts of one file; `\u{200b}` is an invisible character. Raises ValueError for a bad line."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        reason, tab, text = line.partition("\t")
        if not (reason and tab and text):
            raise ValueError(f"{file}:{number}: expected a reason, a tab and a text")
        seen = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        found.append(Labelled(reason, seen, plain=file.stem == PHRASES))
    return found
