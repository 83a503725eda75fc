"""A small run of `python -m bench mentions`: a question finds its way while ticks wait in the queue all the time."""

from __future__ import annotations

import math

import pytest

from bench.mentions import Conditions, carry_out, measure
from bench.rig import open_rig
from tests.waiting import slowness


@pytest.mark.stack
def test_every_question_reaches_the_model_while_ticks_use_the_workers_up(tmp_path):
    given = Conditions(mentions=12, seconds=4, ambient=20)
    with open_rig() as rig:
        run = carry_out(rig, given, tmp_path / "llm.jsonl")
    assert len(run.waits) == 12
    assert all(0 < wait < math.inf for wait in run.waits)
    assert run.ticks > 100 / slowness()
    figures = {figure.name: figure for figure in measure("test", run)}
    assert figures["questions without a request"].verdict == "ok"
    assert figures["looks that found ticks waiting"].value > 0.5
