from __future__ import annotations

import json

from app.domain.behaviour.trace import Step, passed


def test_a_step_is_stored_without_what_is_empty_and_with_four_digits():
    assert Step("rule", "ok").as_json() == {"rule": "rule", "verdict": "ok"}
    step = Step("choose_target", "message_7", {"roll": 0.123456}, {7: 2.00004, 8: 1})
    stored = {
        "rule": "choose_target",
        "verdict": "message_7",
        "numbers": {"roll": 0.1235},
        "scores": {"7": 2.0, "8": 1},
    }
    assert step.as_json() == stored
    assert json.loads(json.dumps(step.as_json())) == stored


def test_a_passed_rule_is_made_once():
    assert passed("is_awake") is passed("is_awake")
    assert passed("is_awake") == Step("is_awake", "ok")
