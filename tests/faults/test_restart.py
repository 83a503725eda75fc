"""Stopping and starting the whole stack in the middle of a conversation."""

from __future__ import annotations

import os
import signal

import pytest
from sqlalchemy import text

from drills.stack import STOP_S, Stack, running_stack
from sandbox.report.report import build_report
from tests.waiting import wait_until

UNSETTLED = text("select count(*) from utterances where state in ('planned', 'generating', 'ready', 'sending')")


def count_unsettled(stack: Stack) -> int:
    with stack.sessions() as session:
        return session.scalar(UNSETTLED) or 0


def sent(stack: Stack) -> int:
    return sum(event["event"] == "call" and event.get("method") == "sendMessage" for event in stack.journal("telegram"))


@pytest.mark.stack
@pytest.mark.timeout(300)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_in_the_middle_repeats_nothing(tmp_path, ending):
    with running_stack(tmp_path) as stack:
        stack.create_fleet(6, 2, {})
        wait_until(lambda: sent(stack) >= 3, within_s=60, what="a conversation")
        os.kill(stack.process.pid, ending)
        stack.process.wait(STOP_S)
        before = sent(stack)
    with running_stack(tmp_path) as stack:
        wait_until(lambda: sent(stack) >= before + 2, within_s=90, what="the conversation to go on")
        stack.set({"speak_probability": 0.0})
        wait_until(lambda: not count_unsettled(stack), within_s=90, what="everything begun to end")
        events, requests = stack.journal("telegram"), stack.journal("llm")
    report = build_report(events, requests, events[0]["t"], events[-1]["t"])
    assert report.said_twice == 0
    assert report.distinct_texts == report.bot_messages
