"""What of an answer is the text of a message."""

from __future__ import annotations

import pytest

from app.services.lanes.families.chat import ChatFamily


@pytest.mark.parametrize("answer", [{"text": ""}, {"text": " \n"}, {"text": None}, {"text": 5}, {}], ids=str)
def test_an_answer_without_words_is_no_message(answer: dict[str, object]) -> None:
    assert ChatFamily().text_of(answer) is None


def test_an_answer_with_words_is_its_text() -> None:
    assert ChatFamily().text_of({"text": "Up, I think."}) == "Up, I think."
