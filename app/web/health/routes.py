"""Routes for probes and Prometheus. They need no sign-in and expose no address, name or secret."""

from __future__ import annotations

import redis
import structlog
from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.outages import log_error
from app.services.overview import overview
from app.web.access.limits import limiter
from app.web.metrics import render_metrics
from app.web.state import web_state

blueprint = Blueprint("health", __name__)
limiter.exempt(blueprint)

log = structlog.get_logger()


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Returns 200 while the process runs."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Returns 200 when Postgres and both Redis servers answer, else 503 with the names of those that do not."""
    state = web_state()
    missing = [] if _database_answers() else ["postgres"]
    missing += [
        name for name, client in (("broker", state.broker), ("cache", state.runtime.cache)) if not _pings(client)
    ]
    if missing:
        return jsonify(status="not ready", missing=missing), 503
    return jsonify(status="ready")


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Returns Prometheus text: requests, and gauges read from Postgres at scrape time."""
    body, content_type = render_metrics(current_app)
    return Response(body, content_type=content_type)


def _database_answers() -> bool:
    try:
        overview.check_database(web_state().runtime.sessions)
    except SQLAlchemyError as error:
        log_error(log, "server_not_ready", error)
        return False
    return True


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError as error:
        log_error(log, "server_not_ready", error)
        return False
