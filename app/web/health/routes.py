"""Routes for probes and Prometheus. They need no sign-in and expose no address, name or secret."""

from __future__ import annotations

import redis
import structlog
from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.outages import log_error
from app.postgres.errors import is_read_only
from app.redis_servers import check_writes, tell_refusal
from app.services.overview import overview
from app.web.access.limits import limiter
from app.web.metrics import render_metrics
from app.web.state import web_state

blueprint = Blueprint("health", __name__)
limiter.exempt(blueprint)

READ_ONLY = "database: read-only"

log = structlog.get_logger()


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Returns 200 while the process runs."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Returns 200 when Postgres and both Redis servers can be written, else 503 with the names of those that cannot.

    `problems` says how a Redis that answers refuses.
    """
    state = web_state()
    missing = _database_problems()
    problems = {name: _problem(client) for name, client in (("broker", state.broker), ("cache", state.runtime.cache))}
    missing += [name for name, problem in problems.items() if problem is not None]
    if missing:
        told = [f"{name}: {problem}" for name, problem in problems.items() if problem]
        return jsonify(status="not ready", missing=missing, **({"problems": told} if told else {})), 503
    return jsonify(status="ready")


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Returns Prometheus text: requests, and gauges read from Postgres at scrape time."""
    body, content_type = render_metrics(current_app)
    return Response(body, content_type=content_type)


def _database_problems() -> list[str]:
    try:
        overview.check_writes(web_state().runtime.sessions)
    except SQLAlchemyError as error:
        log_error(log, "server_not_ready", error)
        return [READ_ONLY if is_read_only(error) else "postgres"]
    return []


def _problem(client: redis.Redis) -> str | None:
    """Returns None for a server that takes writes, else how it refuses them; an empty text for one that is away."""
    try:
        client.ping()
        check_writes(client)
    except redis.RedisError as error:
        log_error(log, "server_not_ready", error)
        return tell_refusal(error) or ""
    return None
