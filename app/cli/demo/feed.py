"""Prints the conversation line by line on a terminal."""

from __future__ import annotations

import time

import click
import requests

from app.cli.demo.demo_fleet import DemoFleet
from app.cli.demo.sandbox_client import SandboxClient

EVERY_S = 1.0
SHOWN_CHATS = 4
COLORS = ("cyan", "magenta", "yellow", "blue", "green")


class Feed:
    """Prints new messages of the first few groups to stderr, once a second."""

    def __init__(self, sandbox: SandboxClient, fleet: DemoFleet) -> None:
        self._sandbox = sandbox
        self._titles = {chat_id: title for chat_id, title, _ in fleet.chats[:SHOWN_CHATS]}
        self._seen = dict.fromkeys(self._titles, 0)
        self._next = 0.0

    def show(self) -> None:
        """Prints the messages since the last call; returns at once if that was less than a second ago."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_S
        for position, (chat_id, title) in enumerate(self._titles.items()):
            try:
                messages = self._sandbox.messages(chat_id, self._seen[chat_id])
            except requests.RequestException:
                continue
            for message in messages:
                self._seen[chat_id] = message["message_id"]
                if "text" in message:
                    click.echo(_line(title, COLORS[position % len(COLORS)], message), err=True)


def _line(title: str, color: str, message: dict[str, object]) -> str:
    author = message["from"]
    assert isinstance(author, dict)  # noqa: S101 - the sandbox's wire format
    name = str(author["first_name"])
    who = click.style(f"{name} [bot]", bold=True) if author["is_bot"] else name
    return f"{click.style(title, fg=color)}  {who}: {' '.join(str(message['text']).split())}"
