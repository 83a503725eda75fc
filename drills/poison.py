"""Faults by text: hostile messages of people in every chat, and hostile requests at every open door of the admin."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

from drills.stack import DrillError, Stack

PERSON = {"id": 990_001, "first_name": "Mallory\u202e", "username": "mallory"}
TEXTS = (
    "a\ud800b",
    "\udc00",
    "\u202eright to left",
    "\ufeff\u200bhm\u2060",
    "e" + "\u0301" * 2000,
    "[" * 4096,
    "\U0001f1f9" * 2048,
    "'; drop table messages; --",
    "{{ 7*7 }} <script>alert(1)</script> &amp; %s %d",
    "\r\n2026-01-01T00:00:00Z error worker forged=line",
    "9" * 4000,
)
"""What people can type or paste, and what clients make of it: nothing asks a bot for anything, everything is stored."""

DEEP = "[" * 50_000
DOORS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("get", "/sign-in?next=%00", {}),
    ("get", "/bots/%00", {}),
    ("get", "/api/v1/bots?q=%00&cursor=%ff", {}),
    ("post", "/sign-in", {"data": {"username": "a\x00b", "password": "\x00" * 100}}),
    ("post", "/api/v1/bots", {"data": DEEP, "headers": {"Content-Type": "application/json"}}),
    ("post", "/telegram/0", {"data": DEEP, "headers": {"Content-Type": "application/json"}}),
    ("post", "/telegram/0", {"data": b"\xff\xfe\x00", "headers": {"X-Telegram-Bot-Api-Secret-Token": "x"}}),
)
"""Requests of strangers: method, path and what `requests` takes with them."""


def poison(stack: Stack, seconds: float) -> int:
    """Says every hostile text in every chat, and knocks at every door, for a while.

    Raises DrillError for an answer that is a server's error, or none.
    """
    chats, until = _chats(stack), time.monotonic() + seconds
    while True:
        for text in TEXTS:
            for chat_id in chats:
                _say(stack, chat_id, text)
            _knock(stack)
        if time.monotonic() >= until:
            return 0


def _chats(stack: Stack) -> list[int]:
    answer = requests.get(f"{stack.settings.sandbox_control_url}/chats", timeout=10)
    return [chat["id"] for chat in answer.json()["chats"]]


def _say(stack: Stack, chat_id: int, text: str) -> None:
    url = f"{stack.settings.sandbox_control_url}/chats/{chat_id}/messages"
    requests.post(url, json={"from": PERSON, "text": text}, timeout=10).raise_for_status()


def _knock(stack: Stack) -> None:
    for method, path, given in DOORS:
        url = f"http://127.0.0.1:{stack.settings.web_port}{path}"
        status = requests.request(method, url, timeout=10, allow_redirects=False, **given).status_code
        if status >= 500:
            raise DrillError(f"{method.upper()} {path} was answered with {status}")
