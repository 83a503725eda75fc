"""The keys of log lines: one vocabulary for every process, in the order of output."""

from __future__ import annotations

KEYS: dict[str, str] = {
    # subject
    "utterance": "id of what a bot says, from its plan to its end",
    "job": "id of a digest or an insight that a model is asked for",
    "bot": "id of a bot",
    "chat": "id of a chat (in `basic_group`: Telegram's number)",
    "mention": "id of the mention that is answered",
    "update": "id of a row of the inbox (in `update_unstorable`: Telegram's number)",
    "message": "Telegram's number of a message; of a library's line, what it says",
    "feed": "id of a news feed",
    "item": "id of an item of leased work that is no utterance, job, update, feed or bot",
    "kind": "of an utterance: reply, topic, reaction, command; of an error or an update: its kind",
    "lane": "name of an LLM lane",
    "request": "id of a request in the ledger (`llm_requests`)",
    "provider": "name of a provider, as in the metrics",
    "reason": "why it came to this",
    "state": "the state it has now",
    # actor
    "task": "name of a Celery task",
    "task_id": "Celery's id of the run of a task",
    "hint": "name of a task that could not be asked for",
    "command": "the command of `chorus` that runs",
    "http_request": "id of a request to the admin; the answer has it in X-Request-ID",
    "method": "HTTP method",
    "endpoint": "name of a page or an operation of the API",
    "user": "id of the operator's account",
    "username": "name of the operator's account",
    "address": "network address that a sign-in came from",
    # facts
    "server": "broker or cache",
    "error": "an error in one line",
    "outcome": "how a check or a request ended",
    "detail": "what a check found",
    "fix": "what to do",
    "seconds": "how long it took, or for how long",
    "wait_s": "seconds until it is tried again",
    "failures": "failures in a row, this one included",
    "attempts": "attempts that failed so far",
    "prompts": "prompts in a request",
    "answered": "answers of a request that were stored",
    "rate": "the part of Telegram's usual rate that is used",
    "count": "how many",
    "rows": "rows that were deleted",
    "table": "the table that they were in",
    "tables": "how many of each table",
    "done": "whether nothing is left to do",
    "mode": "the way in which updates come",
    "active": "whether this process hears in that mode",
    "before": "what it was until now",
    "fault": "what a request to a provider failed for, in one word",
    "since": "when it was last so (ISO 8601)",
    "others": "names of other processes that hold the same",
    "me": "this process's name among them",
    "scope": "where a setting applies",
    "keys": "names of settings",
    "word": "a command of people in groups",
    "stopped": "whether the fleet is stopped",
    "port": "port that something is served on",
    "control_port": "port of a sandbox's control API",
    "mentions": "mentions that the sandbox's people wrote",
    "small_talk": "other messages of the sandbox's people",
    "failed": "messages of the sandbox's people that did not arrive",
    "turns": "turns that were spread after an outage",
    "texts": "unasked texts that were spread after an outage",
    "over_s": "seconds over which they were spread",
    "exception": "a traceback",
}
"""Each key and its meaning. People in chats have no key: no line names them."""

HEAD = ("timestamp", "level", "process", "event")
"""The first keys of every line."""

_PLACES = {key: place for place, key in enumerate(KEYS)}


def in_order(keys: list[str]) -> list[str]:
    """Returns known keys in the vocabulary's order, then the others by name."""
    return sorted(keys, key=lambda key: (_PLACES.get(key, len(_PLACES)), key))
