"""Prints the part of requirements.lock that the product itself needs, hashes included.

The lock holds every extra; the image wants neither the tests' packages nor the embedded servers. pip-compile notes
below each package who asked for it (`# via`), so the part is found without asking an index:

    python docker/runtime_requirements.py > runtime.txt
    python docker/runtime_requirements.py --only setuptools wheel > build.txt
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==")
VIA = re.compile(r"^    #(?: via)?\s*(?P<name>[A-Za-z0-9._-]*)")


@dataclass(frozen=True)
class Pin:
    """One locked package: its lines as they are in the lock, and who asked for it."""

    lines: tuple[str, ...]
    wanted_by: frozenset[str]


def normalize(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> dict[str, Pin]:
    """The packages of a lock that pip-compile wrote, by normalised name."""
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := PIN.match(line):
            name = normalize(match["name"])
            blocks[name] = [line]
        elif name and line.startswith("    "):
            blocks[name].append(line)
    return {name: _pin(lines) for name, lines in blocks.items()}


def _pin(lines: list[str]) -> Pin:
    matches = [match for line in lines[1:] if (match := VIA.match(line))]
    return Pin(tuple(lines), frozenset(normalize(match["name"]) for match in matches if match["name"]))


def read_direct(setup: str) -> set[str]:
    """The names in `install_requires` of a setup.cfg."""
    parser = ConfigParser()
    parser.read_string(setup)
    lines = parser["options"]["install_requires"].split("\n")
    return {normalize(match[0]) for line in lines if (match := re.match(r"[A-Za-z0-9._-]+", line))}


def select(pins: Mapping[str, Pin], direct: Iterable[str]) -> list[str]:
    """`direct` and everything they ask for, sorted by name. Raises KeyError for a name that is not locked."""
    chosen, fresh = set(direct), set(direct)
    if missing := chosen - set(pins):
        raise KeyError(f"not in requirements.lock: {', '.join(sorted(missing))}; run `make lock`")
    while fresh:
        fresh = {name for name, pin in pins.items() if name not in chosen and pin.wanted_by & fresh}
        chosen |= fresh
    return sorted(chosen)


def main() -> None:
    """Reads requirements.lock and setup.cfg in the working folder and writes to stdout."""
    parser = argparse.ArgumentParser(description="The part of requirements.lock that the product itself needs.")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these packages instead, without what they need")
    wanted = parser.parse_args().only
    pins = read_lock(Path("requirements.lock").read_text(encoding="utf-8"))
    names = wanted or select(pins, read_direct(Path("setup.cfg").read_text(encoding="utf-8")))
    sys.stdout.writelines(line + "\n" for name in names for line in pins[name].lines)


if __name__ == "__main__":
    main()
