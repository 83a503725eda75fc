"""What was asked, what is under way and what waits."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.models import Lane, LLMRequest, Utterance
from app.services.lanes.claiming import IN_FLIGHT
from app.services.lanes.generation import AMBIENT
from tests.builders import NOW, fetch

AMBIENT_IN_FLIGHT = IN_FLIGHT["ambient"]


def fly(pipeline, lane, count, model="m"):
    """Requests to a model that are in flight."""
    with pipeline.sessions.begin() as session:
        session.add_all(
            LLMRequest(lane=lane, provider="fake", model=model, prompts=1, lease_until=NOW + dt.timedelta(minutes=1))
            for _ in range(count)
        )


def ridden(pipeline):
    return [[item["utterance"] for item in request] for request in pipeline.llm.requests]


def held_until(pipeline, lane=AMBIENT):
    [until] = fetch(pipeline.sessions, select(Lane.not_before).where(Lane.name == lane))
    return until


def states(pipeline):
    return fetch(pipeline.sessions, select(Utterance.state).order_by(Utterance.id))
