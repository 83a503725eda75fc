"""What a model read in single messages, on the chat's page and in the API."""

from __future__ import annotations

from app.bootstrap import Runtime
from app.models import Insight
from tests.builders import add, make_chat, make_message
from tests.web.conftest import Browser


def test_insights_are_shown_in_page_and_api_once_there_are_some(operator: Browser, runtime: Runtime) -> None:
    chat = make_chat(runtime.sessions)
    assert "Message by message" not in operator.get(f"/chats/{chat.id}").text
    message = make_message(runtime.sessions, chat, "I do not like these storks")
    found = {"topic": "<b>storks</b>", "stance": "against", "sentiment": -0.5, "summary": "Dislikes them."}
    add(runtime.sessions, Insight(message_id=message.id, chat_id=chat.id, **found))

    page = operator.get(f"/chats/{chat.id}").text
    [shown] = operator.get(f"/api/v1/chats/{chat.id}").json["insights"]

    for wanted in ("Message by message", "&lt;b&gt;storks", "against", "mood -0.5", "Dislikes them."):
        assert wanted in page
    assert {name: shown[name] for name in found} == found
    assert shown["message_id"] == message.id
