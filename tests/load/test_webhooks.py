"""A small run of `python -m bench webhooks`: real gunicorn, a real worker, many bots at once."""

from __future__ import annotations

import pytest

from bench.rig import open_rig
from bench.webhooks import Conditions, carry_out, measure
from tests.waiting import patience

ALWAYS = ("updates answered with 200", "messages lost", "messages stored twice", "chats out of order")


@pytest.mark.stack
@pytest.mark.parametrize("given", [Conditions(1000, 6, 20, 1), Conditions(1000, 6, 2, 50)], ids=["alone", "fifty"])
def test_a_thousand_updates_in_six_seconds_are_heard_once_each_and_in_order(given: Conditions) -> None:
    with open_rig() as rig:
        run = carry_out(rig, given)
    figures = {figure.name: figure for figure in measure("test", run)}
    assert {name: figures[name].verdict for name in ALWAYS} == dict.fromkeys(ALWAYS, "ok"), figures
    assert run.drained_s < patience(30)
    if given.bots > 1:
        assert run.parsed <= 2 * given.messages * given.chats
