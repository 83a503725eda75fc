"""What every line of a request carries: its id, which the answer tells as well, what was asked, and by whom."""

from __future__ import annotations

import uuid

from flask import Flask, Response, g, request

from app.logs import bind, clear

HEADER = "X-Request-ID"


def register_context(app: Flask) -> None:
    """Binds the context before anything else looks at a request, and clears it when the request is over."""
    app.before_request(begin_context)
    app.after_request(tell_id)
    app.teardown_request(end_context)


def begin_context() -> None:
    """A new id for each request; one that a client sends is not taken over, since it might be anything."""
    clear()
    g.http_request = uuid.uuid4().hex
    bind(http_request=g.http_request, method=request.method, endpoint=request.endpoint)


def tell_id(response: Response) -> Response:
    """The id that a reader may quote to whoever reads the logs."""
    if "http_request" in g:
        response.headers[HEADER] = g.http_request
    return response


def end_context(_: BaseException | None) -> None:
    """The thread's next request begins with nothing bound."""
    clear()
