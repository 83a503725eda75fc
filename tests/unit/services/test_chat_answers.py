"""What becomes of drafts is decided without a database."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.postprocess.chat_members import ChatMembers
from app.domain.prompting import PromptItem
from app.domain.settings.book import SettingsBook
from app.repositories.utterances.prompts import PlannedUtterance
from app.services.lanes.families.chat_answers import ChatAnswers, Surroundings, decide_drafts
from app.services.lanes.family import Answered
from tests.unit.domain.scenes import NOW, profile

SAID = "The details of the report decide more than its headline does, I think."


def draft(number, text, **fields):
    """A draft of a plan of its own, in a chat of its own."""
    plan = {
        "id": number,
        "bot_id": number,
        "chat_id": number,
        "urgency": "ambient",
        "attempts": 0,
        "persona_version": 1,
        "chat_title": "Markets",
        "chat_topics": (),
        "target": None,
        "topic": "rates",
        "messages": (),
        "planned_at": NOW,
        "daily_budgets": {},
        **fields,
    }
    item = PromptItem(number, profile(), "Markets", (), (), None, "rates", 40)
    return Answered(PlannedUtterance(**plan), item, {"id": str(number), "text": text})


def decide(*drafts, members=None, said=()):
    """The ids of the drafts by what becomes of them, with the reasons of those that are refused."""
    found = decide_drafts(drafts, Surroundings(members or {}, said), NOW, SettingsBook())
    kinds = {"again": found.again, "refused": found.refused}
    return {
        "ready": [one.utterance_id for one in found.ready],
        **{kind: [(one.utterance_id, one.reason) for one in drafts] for kind, drafts in kinds.items()},
    }


def test_a_refused_draft_is_asked_for_again_and_one_that_was_asked_for_again_ends():
    drafts = [draft(1, "Guaranteed profit!"), draft(2, "DM me", rewrite_reason="duplicate"), draft(3, "Gold is quiet.")]
    assert decide(*drafts) == {
        "ready": [3],
        "again": [(1, "unsafe_promises_profit")],
        "refused": [(2, "unsafe_private_contact")],
    }


@pytest.mark.parametrize(("said", "ready"), [((), [1]), ((SAID,), [])])
def test_no_draft_repeats_the_fleet_or_another_one_of_its_batch(said, ready):
    assert decide(draft(1, SAID), draft(2, SAID), said=said)["ready"] == ready


def test_each_draft_is_held_against_the_members_of_its_own_chat():
    members = {1: ChatMembers(handles=frozenset({"grace"})), 2: ChatMembers()}
    found = decide(draft(1, "Ask @grace."), draft(2, "Ask @grace about rates."), members=members)
    assert (found["ready"], found["again"]) == ([1], [(2, "names_the_unknown")])


def test_a_message_is_typed_once_its_bot_has_read():
    drafts = [draft(1, "Gold is quiet.", reading_s=3.0)]
    [ready] = decide_drafts(drafts, Surroundings({}, ()), NOW, SettingsBook()).ready
    assert ready.typing_at == NOW + dt.timedelta(seconds=3)
    assert ready.send_at > ready.typing_at


@pytest.mark.parametrize("answer", [{"text": ""}, {"text": " \n"}, {"text": None}, {"text": 5}, {}], ids=str)
def test_an_answer_without_words_is_no_message(answer: dict[str, object]) -> None:
    assert ChatAnswers().text_of(answer) is None


def test_an_answer_with_words_is_its_text() -> None:
    assert ChatAnswers().text_of({"text": "Up, I think."}) == "Up, I think."
