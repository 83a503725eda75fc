"""Every door for text, JSON and files: what may come, and how it is let in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.settings import SPECS, parse_setting
from tests.fuzz import answers, commands, files, pages, telegram
from tests.fuzz.house import House, watched
from tests.fuzz.strategies import plain, values


@dataclass(frozen=True)
class Door:
    """A way in: the strategy of what strangers bring, and what lets it in and fails when somebody would notice."""

    name: str
    cases: Callable[[House], st.SearchStrategy[Any]]
    enter: Callable[[House, Any], None]


def set_setting(house: House, given: tuple[str, Any]) -> None:
    """Parses a setting: the value fits and can be stored, or an operator is told what would."""
    key, raw = given
    with watched(given):
        try:
            value = parse_setting(key, raw)
        except InvalidInput:
            return
    low, high = SPECS[key].metadata.get("low"), SPECS[key].metadata.get("high")
    assert low is None or low <= value <= high, given
    answers.assert_storable(value)


DOORS = (
    Door("pages", lambda house: pages.knocks(house.app), pages.knock),
    Door("updates", lambda _: telegram.batches, telegram.hear),
    Door("webhooks", lambda _: telegram.bodies, telegram.deliver),
    Door("commands", lambda _: commands.calls(), commands.call),
    Door("settings", lambda _: st.tuples(st.sampled_from(sorted(SPECS)), values.map(plain)), set_setting),
    Door("model answers", lambda _: answers.model_answers, answers.take_model_answer),
    Door("completions", lambda _: answers.completions, answers.take_completion),
    Door("Bot API answers", lambda _: answers.replies, answers.take_reply),
    Door("exports", lambda _: files.exports, files.take_export),
    Door("records", lambda _: files.records, files.take_record),
    Door("feeds", lambda _: files.feeds, files.take_feed),
)
