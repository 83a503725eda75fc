"""Plans for the lanes, and a second provider."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.builders import NOW, make_bot, make_chat, make_message, make_utterance


@pytest.fixture
def plan(pipeline):
    """Plans that wait, each in a chat of its own; the first is the oldest."""

    def make(count, urgency="ambient"):
        made = []
        for number in range(count):
            bot = make_bot(pipeline.sessions, f"Bot{number}")
            chat = make_chat(pipeline.sessions, bot, title=f"Chat {number}")
            make_message(pipeline.sessions, chat, "x" * 400)
            planned_at = NOW - dt.timedelta(seconds=count - number)
            made.append(make_utterance(pipeline.sessions, bot, chat, "planned", urgency=urgency, planned_at=planned_at))
        return [one.id for one in made]

    return make


@pytest.fixture
def fallback(pipeline):
    """A second provider behind the first."""
    return pipeline.add_fallback()
