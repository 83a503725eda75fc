"""The sandbox is honest: two libraries that know the real Bot API call every method it offers, by their own calls, and
read every answer into their own objects without a field left over.
"""

from __future__ import annotations

import configparser
import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox.telegram.methods import METHODS
from tests.compat.conftest import HERE
from tests.compat.scenario import Scene
from tests.integration.sandbox_telegram.harness import Sandbox, token_of

BOT = 100001
RUN_S = 120
pytestmark = pytest.mark.xdist_group("compat")


def prepare(sandbox: Sandbox) -> Scene:
    """Bots, chats and people as the clients want them."""
    sandbox.add_bot(BOT)
    people = {
        status: sandbox.control("POST", "/people", {"first_name": status.title(), "username": f"{status}_one"})["id"]
        for status in ("member", "left", "kicked", "restricted")
    }
    chat = sandbox.add_chat()
    sandbox.control("POST", f"/chats/{chat}/members", {"user_id": BOT, "status": "administrator"})
    for status, user_id in people.items():
        sandbox.control("POST", f"/chats/{chat}/members", {"user_id": user_id})
        if status == "restricted":
            sandbox.control("POST", f"/chats/{chat}/members", {"user_id": user_id, "status": status})
        elif status != "member":
            sandbox.control("DELETE", f"/chats/{chat}/members/{user_id}", **{"as": status})
    said = sandbox.say(chat, "Rates?", sender="Member")
    thread = said + 1000
    sandbox.say(chat, "In a topic", sender="Member", message_thread_id=thread)
    gone, group = sandbox.add_chat(BOT), sandbox.add_chat(BOT, kind="group")
    sandbox.control("DELETE", f"/chats/{gone}/members/{BOT}", **{"as": "kicked"})
    migrated_to = sandbox.control("POST", f"/chats/{group}/migrate")["id"]
    return Scene(
        url=f"http://127.0.0.1:{sandbox.ports.port}",
        control_url=f"http://127.0.0.1:{sandbox.ports.control_port}",
        token=token_of(BOT),
        bot_id=BOT,
        first_name=f"Bot {BOT}",
        chat=chat,
        said=said,
        thread=thread,
        members={"administrator": BOT, **people},
        other_chat=sandbox.add_chat(BOT),
        left_chat=gone,
        migrated_chat=group,
        migrated_to=migrated_to,
    )


def run(python: Path, client: str, scene: Scene) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603
        [python, HERE / client],
        input=json.dumps(dataclasses.asdict(scene)),
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("client", ["ptb_client.py", "aiogram_client.py"])
def test_a_library_calls_every_method_and_understands_every_answer(
    sandbox: Sandbox, clients_python: Path, client: str
) -> None:
    notes = run(clients_python, client, prepare(sandbox))

    assert notes["problems"] == []
    assert notes["called"] == sorted(name for name, _ in METHODS.values())


def test_the_extra_and_the_lock_pin_the_same_libraries() -> None:
    setup = configparser.ConfigParser()
    setup.read(HERE.parents[1] / "setup.cfg", encoding="utf-8")
    pins = setup["options.extras_require"]["compat"].split()

    wanted = [line for line in (HERE / "requirements.in").read_text().splitlines() if line and not line.startswith("#")]
    assert pins == wanted
    assert all(pin in (HERE / "requirements.lock").read_text() for pin in pins)
