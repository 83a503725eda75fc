"""Answers of the Bot API."""

from __future__ import annotations

from tests.integration.adapters.scripted import Reply

TOKEN = "7654321098:AAH9xyzABCdefGHIjklMNOpqrSTUvwxYZ12"


def ok(result):
    return Reply(200, {"ok": True, "result": result})


def refusal(status, description="no", **parameters):
    return Reply(status, {"ok": False, "error_code": status, "description": description, "parameters": parameters})


def send(api):
    return api.send_message(TOKEN, -1001, "hello")
