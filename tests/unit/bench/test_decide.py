from __future__ import annotations

import random

from app.domain.behaviour.decide import decide
from app.domain.behaviour.reply_target import list_candidates
from app.domain.behaviour.tick import React, Reply
from bench.decide import MESSAGES, NOW, build_scene, measure_all


def test_all_thirty_messages_of_the_measured_turn_may_be_answered():
    scene = build_scene()
    assert len(list_candidates(scene.chats[0], scene, NOW)) == MESSAGES
    plans = [decide(scene, NOW, random.Random(seed)).plan for seed in range(20)]
    assert all(isinstance(plan, Reply | React) for plan in plans)


def test_every_kind_of_turn_has_its_mean_and_what_the_interpreter_could_do():
    figures = measure_all(turns=5)
    assert [figure.row for figure in figures] == ["reply", "reply", "topic", "topic", "silent", "silent"]
    assert all(figure.ratio is not None and figure.ratio < 1 for figure in figures[1::2])
