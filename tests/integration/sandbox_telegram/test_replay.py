"""Replays of Telegram Desktop exports."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sandbox_telegram.harness import Sandbox
from tests.waiting import wait_until

BOT = 100001
DATA = Path(os.environ.get("CHORUS_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def entry(number: int, minute: int, text: Any, sender: str = "ada", **extra: Any) -> dict[str, Any]:
    from_id = f"user{900 + len(sender)}"
    unixtime = str(1_200_000_000 + 60 * minute)
    return {
        "id": number,
        "type": "message",
        "date": "2008-01-10T21:20:00",
        "date_unixtime": unixtime,
        "from": sender,
        "from_id": from_id,
        "text": text,
        **extra,
    }


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two quiet minutes, then a busy one, with a service message and a photo without words."""
    path = tmp_path / "result.json"
    messages = [
        entry(1, 0, "quiet"),
        {"id": 2, "type": "service", "action": "join", "date_unixtime": "1200000000", "text": ""},
        entry(3, 30, ["see ", {"type": "link", "text": "https://example.org"}], "grace"),
        entry(4, 30, "yes", reply_to_message_id=3),
        entry(5, 30, "and no", reply_to_message_id=1),
        entry(6, 30, "", photo="photo.jpg"),
    ]
    path.write_text(json.dumps({"name": "Log", "type": "private_supergroup", "id": 1, "messages": messages}))
    return path


def finish(sandbox: Sandbox, chat_id: int) -> dict[str, Any]:
    path = f"/chats/{chat_id}/replay"
    status: dict[str, Any] = wait_until(
        lambda: (found := sandbox.control("GET", path))["state"] == "finished" and found
    )
    return status


def test_a_replay_posts_what_people_said_with_their_names_and_answers(
    sandbox: Sandbox, chat_id: int, export: Path
) -> None:
    sandbox.control("POST", f"/chats/{chat_id}/replay", {"path": str(export), "speed": 1000, "from": "start"})
    status = finish(sandbox, chat_id)
    assert (status["posted"], status["skipped"]) == (4, {"service": 1, "without_text": 1})
    messages = [update["message"] for update in sandbox.poll(BOT)]
    assert [message["text"] for message in messages] == ["quiet", "see https://example.org", "yes", "and no"]
    assert messages[1]["from"] == {"id": 905, "is_bot": False, "first_name": "grace"}
    assert [m["reply_to_message"]["text"] for m in messages[2:]] == ["see https://example.org", "quiet"]
    assert {line["source"] for line in sandbox.events("person_message")} == {"replay"}


def test_a_replay_can_start_where_it_is_busiest(sandbox: Sandbox, chat_id: int, export: Path) -> None:
    body = {"path": str(export), "speed": 1000, "from": "densest"}
    assert sandbox.control("POST", f"/chats/{chat_id}/replay", body)["total"] == 3
    finish(sandbox, chat_id)
    assert sandbox.texts(BOT) == ["see https://example.org", "yes", "and no"]


def test_a_replay_ends_after_its_time(sandbox: Sandbox, chat_id: int, export: Path) -> None:
    body = {"path": str(export), "speed": 1000, "for_s": 0.03}
    sandbox.control("POST", f"/chats/{chat_id}/replay", body)
    assert finish(sandbox, chat_id)["posted"] == 1


def test_a_channel_of_an_accounts_export_speaks_as_one_beside_the_person_of_its_number(
    sandbox: Sandbox, chat_id: int, tmp_path: Path
) -> None:
    said = [entry(n, 0, f"as {sender}", "News", from_id=sender) for n, sender in enumerate(("channel77", "user77"))]
    path = tmp_path / "result.json"
    chats = [{"name": name, "id": n, "messages": said} for n, name in enumerate(("Jazz", "Rock"))]
    path.write_text("\ufeff" + json.dumps({"chats": {"list": chats}}))
    begin = f"/chats/{chat_id}/replay"
    status, error = sandbox.refusal("POST", begin, {"path": str(path), "speed": 1000})
    assert (status, error.split(" ")[0]) == (400, "chat:")
    assert "“Jazz” (0), “Rock” (1)" in error
    sandbox.control("POST", begin, {"path": str(path), "speed": 1000, "chat": "jazz"})
    finish(sandbox, chat_id)
    first, second = [update["message"] for update in sandbox.poll(BOT)]
    assert first["from"]["username"] == "Channel_Bot"
    assert first["sender_chat"] == {"id": -1_000_000_000_077, "type": "channel", "title": "News"}
    assert second["from"] == {"id": 77, "is_bot": False, "first_name": "News"}
    assert "sender_chat" not in second


def test_a_replay_can_be_stopped(sandbox: Sandbox, chat_id: int, export: Path) -> None:
    path = f"/chats/{chat_id}/replay"
    assert sandbox.control("GET", path) == {"state": "none"}
    sandbox.control("POST", path, {"path": str(export), "speed": 1})
    wait_until(lambda: sandbox.control("GET", path)["posted"] == 1)
    assert sandbox.control("DELETE", path)["state"] == "stopped"


@pytest.mark.parametrize(
    ("content", "body", "field"),
    [
        ("not json", {}, "path"),
        ("[]", {}, "path"),
        ('{"messages": []}', {}, "path"),
        ('{"messages": [{"type": "service"}]}', {}, "path"),
        ('{"messages": []}', {"path": "/nowhere/result.json"}, "path"),
        ('{"messages": []}', {"speed": 0}, "speed"),
        ('{"messages": []}', {"speed": 1001}, "speed"),
        ('{"messages": []}', {"from": "end"}, "from"),
        ('{"messages": []}', {"for_s": -1}, "for_s"),
        ('{"messages": []}', {"for_s": float("inf")}, "for_s"),
        ('{"messages": []}', {"speed": float("nan")}, "speed"),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    sandbox: Sandbox, chat_id: int, tmp_path: Path, content: str, body: dict[str, Any], field: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content)
    status, error = sandbox.refusal("POST", f"/chats/{chat_id}/replay", {"path": str(path), **body})
    assert status == 400
    assert error.startswith(f"{field}: ")


@pytest.mark.skipif(not (DATA / "group_chats").is_dir(), reason=f"no chat exports in {DATA}; set CHORUS_DATA")
def test_a_real_log_replays(sandbox: Sandbox, chat_id: int) -> None:
    path = min(p for p in (DATA / "group_chats" / "ubuntu-dev").glob("*.json") if ".links" not in p.name)
    body = {"path": str(path), "speed": 1000, "from": "densest", "for_s": 0.6}
    planned = sandbox.control("POST", f"/chats/{chat_id}/replay", body)["total"]
    assert planned > 10
    assert finish(sandbox, chat_id)["posted"] == planned
    assert len(sandbox.texts(BOT)) == min(planned, 100)
