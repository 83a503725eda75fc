"""JSON of `why`, shared by the command and the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from app.domain.traces.explaining import Explained
from app.services.traces.why import WhyReport, WhySaid


def show_report(report: WhyReport) -> dict[str, Any]:
    """A bot's utterances and silence, explained. Times are ISO 8601 in UTC."""
    bot = report.bot
    return {
        "bot": {"id": bot.id, "username": bot.username, "name": bot.display_name, "status": bot.status},
        "chat_id": report.chat_id,
        "summary": report.summary,
        "said": [show_said(said) for said in report.said],
        "silent": [
            {
                "reason": silent.reason,
                "sentence": silent.sentence,
                "turns": silent.turns,
                "first_at": _stamp(silent.first_at),
                "last_at": _stamp(silent.last_at),
                "steps": [show_step(step) for step in silent.steps],
            }
            for silent in report.silent
        ],
        "rests": [
            {
                "id": rest.id,
                "chat": {"id": rest.chat_id, "title": rest.chat_title},
                "place": rest.place,
                "reason": rest.reason,
                "failures": rest.failures,
                "failed_at": _stamp(rest.failed_at),
                "rests_until": _stamp(rest.rests_until),
            }
            for rest in report.rests
        ],
        "silent_24h": [asdict(reason) for reason in report.reasons],
        "silent_by_hour": {_stamp(hour): dict(reasons) for hour, reasons in report.hours.items()},
    }


def show_said(said: WhySaid) -> dict[str, Any]:
    """Returns an utterance and its steps; `tick_id` is the argument of `chorus replay`."""
    utterance = said.utterance
    answers = {"author": utterance.target_author, "text": utterance.target_text} if utterance.target_text else None
    return {
        "tick_id": utterance.id,
        "chat": {"id": utterance.chat_id, "title": utterance.chat_title},
        "kind": utterance.kind,
        "state": utterance.state,
        "reason": utterance.reason,
        "rewrite_reason": utterance.rewrite_reason,
        "text": utterance.text,
        "emoji": utterance.emoji,
        "planned_at": _stamp(utterance.planned_at),
        "answers": answers,
        "topic": utterance.topic,
        "engine": utterance.engine,
        "replays": utterance.replays,
        "replay": said.replay or None,
        "steps": [show_step(step) for step in said.steps],
    }


def show_step(step: Explained) -> dict[str, Any]:
    """A step in words, with its codes."""
    shown: dict[str, Any] = {"rule": step.rule, "verdict": step.verdict, "passed": step.passed, "text": step.text}
    if step.scores:
        shown["scores"] = [{"name": name, "score": score} for name, score in step.scores]
    return shown


def _stamp(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat()
