"""Log context of a request: its id (also a response header), method, endpoint and operator."""

from __future__ import annotations

import uuid

from flask import Flask, Response, g, request

from app.logs import bind, clear

HEADER = "X-Request-ID"


def register_context(app: Flask) -> None:
    """Binds the log context before any other hook runs, and clears it after the request."""
    app.before_request(begin_context)
    app.after_request(tell_id)
    app.teardown_request(end_context)


def begin_context() -> None:
    """Binds a new id for each request; a client's own id is not trusted."""
    clear()
    g.http_request = uuid.uuid4().hex
    bind(http_request=g.http_request, method=request.method, endpoint=request.endpoint)


def tell_id(response: Response) -> Response:
    """Adds the request id as a response header, for looking up its log lines."""
    if "http_request" in g:
        response.headers[HEADER] = g.http_request
    return response


def end_context(_: BaseException | None) -> None:
    """Clears the log context, since the thread is reused for other requests."""
    clear()
