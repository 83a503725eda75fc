"""The corpora of texts: one a line, a bad one behind its category; \\u{200b} stands for a character nobody sees."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")


def read_lines(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [ESCAPE.sub(lambda match: chr(int(match[1], 16)), line) for line in lines if line]


def read_bad(name: str) -> list[tuple[str, str]]:
    """Category and text."""
    return [(category, text) for category, _, text in (line.partition("\t") for line in read_lines(name))]
