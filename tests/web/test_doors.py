"""Every door for text, JSON and files, tried by strangers: no crash, no traceback, nothing lost beside what is refused.

`make bench ARGS=fuzz` tries the same doors for an hour.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from jinja2 import FileSystemBytecodeCache

from app.bootstrap import Runtime
from tests.fuzz.doors import DOORS, Door
from tests.fuzz.house import House, build_house

EXAMPLES = 25


@pytest.fixture
def house(runtime: Runtime, compiled: FileSystemBytecodeCache) -> House:
    house = build_house(runtime, itertools.count(10_000))
    house.app.jinja_env.bytecode_cache = compiled
    return house


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_nothing_that_comes_to_a_door_breaks_it(house: House, door: Door) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(case=door.cases(house))
    def come(case: object) -> None:
        door.enter(house, case)

    come()
