"""Error pages, or JSON errors for programs. No traceback, address or secret is shown."""

from __future__ import annotations

from dataclasses import dataclass

import redis
import structlog
from flask import Flask, g, jsonify, make_response, render_template
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.domain.errors import ChorusError, InvalidInput, NotFound, Stale
from app.outages import in_one_line, is_outage, log_error
from app.postgres.errors import OUT_OF_RANGE, is_read_only, sqlstate
from app.web.access.guard import wants_json

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Problem:
    """The content of an error page: status, heading, message, and the field of an API error."""

    status: int
    heading: str
    message: str
    field: str = "request"


PROBLEMS = {
    400: Problem(400, "That request cannot be read", "Go back, reload the page and try again."),
    403: Problem(403, "Your role does not allow this", "Ask an admin to do it, or to change your role.", "role"),
    404: Problem(404, "There is nothing here", "The link may be old, or what it led to was removed.", "path"),
    405: Problem(405, "This page cannot be used that way", "Open it with the links of the menu.", "method"),
    413: Problem(413, "That is too much at once", "Send less than 1 MB.", "body"),
    415: Problem(415, "That is not JSON", "Send JSON with the header Content-Type: application/json.", "body"),
    429: Problem(429, "Too many attempts", "Wait five minutes, then try again.", "session"),
    500: Problem(500, "Something went wrong on our side", "It was logged. Try again; if it stays, see the web log."),
}
POSTGRES_AWAY = Problem(
    503,
    "Postgres does not answer",
    "Nothing is lost. This page works again as soon as the database is back.",
    "postgres",
)
POSTGRES_READ_ONLY = Problem(
    503,
    "Postgres can only be read",
    "It fails over or is a standby. Nothing is lost; this page works again as soon as the database can be written.",
    "postgres",
)
REDIS_AWAY = Problem(
    503,
    "Redis does not answer or takes no writes",
    "Attempts to sign in cannot be counted now, so signing in is closed until the cache is back.",
    "redis",
)
CSRF_REFUSED = Problem(
    400, "This form has expired", "Go back, reload the page and send it again; nothing was changed.", "csrf_token"
)


def register_errors(app: Flask) -> None:
    """Registers handlers for every error that a view raises."""
    app.register_error_handler(CSRFError, lambda _: show(CSRF_REFUSED))
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(InvalidInput, show_invalid_input)
    app.register_error_handler(NotFound, lambda error: show(Problem(404, "There is nothing here", str(error), "id")))
    app.register_error_handler(Stale, lambda error: show(Problem(409, "Somebody was faster", str(error), "version")))
    app.register_error_handler(ChorusError, lambda error: show(Problem(502, "That did not work", str(error))))
    app.register_error_handler(DBAPIError, show_server_error)
    app.register_error_handler(redis.RedisError, show_server_error)
    app.register_error_handler(Exception, show_crash)


def show(problem: Problem, retry_after: str | None = None) -> ResponseReturnValue:
    """Renders a problem as page or JSON, without a query for the session's user."""
    if wants_json():
        response = make_response(jsonify(error={"field": problem.field, "message": problem.message}))
    elif request_ctx.url_adapter is None:  # a Host header that is no host: no page can link to another
        response = make_response(f"{problem.heading}. {problem.message}\n")
        response.mimetype = "text/plain"
    else:
        g._login_user = AnonymousUserMixin()
        response = make_response(render_template("errors/problem.html", problem=problem))
    response.status_code = problem.status
    if retry_after:
        response.headers["Retry-After"] = retry_after
    return response


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Passes redirects and ready responses on; renders the error page for the rest."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    problem = PROBLEMS.get(status) or Problem(status, error.name, "Go back and try again.")
    return show(problem, "300" if status == 429 else None)


def show_invalid_input(error: InvalidInput) -> ResponseReturnValue:
    """Renders an input error that no form caught as a 400."""
    return show(Problem(400, "That cannot be used", f"{error.field} {error.message}", error.field))


def show_server_error(error: DBAPIError | redis.RedisError) -> ResponseReturnValue:
    """Renders an outage of Postgres or Redis; any other error of theirs is handled as a crash.

    A number that no column holds is somebody's input, wherever it came in.
    """
    if isinstance(error, DBAPIError) and sqlstate(error) == OUT_OF_RANGE:
        return show_invalid_input(InvalidInput("number", "is larger than any that can be stored; enter a smaller one"))
    if not is_outage(error):
        return show_crash(error)
    log_error(log, "server_away", error)
    if is_read_only(error):
        return show(POSTGRES_READ_ONLY)
    return show(POSTGRES_AWAY if isinstance(error, DBAPIError) else REDIS_AWAY)


def show_crash(error: Exception) -> ResponseReturnValue:
    """Logs an unexpected error with its traceback and renders a 500."""
    if isinstance(error, InternalServerError) and error.original_exception:
        error = error.original_exception  # type: ignore[assignment]
    log.error("request_failed", error=in_one_line(error), exc_info=error)
    return show(PROBLEMS[500])
