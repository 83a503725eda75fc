"""The admin's door for text: refuses what cannot be stored in paths, queries and forms, before any view or hook."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.routing import IntegerConverter, ValidationError

from app.domain.errors import InvalidInput
from app.domain.json_text import BIGGEST
from app.domain.text import check_text, is_storable

LONGEST_SHOWN = 64
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class IdConverter(IntegerConverter):
    """An id in a path. A number that no row can have is no id: the page does not exist."""

    def to_python(self, value: str) -> int:
        """Returns the number. Raises ValidationError beyond 64 bits."""
        if len(value) > len(str(BIGGEST)) or int(value) > BIGGEST:
            raise ValidationError
        return int(value)


def check_requests(app: Flask) -> None:
    """Registers the door; call it before any other hook, and before routes are added."""
    app.url_map.converters["int"] = IdConverter
    app.wsgi_app = _KnownMethods(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(check_request)


class _KnownMethods:
    """Calls every method that no view has by one name: metrics and logs keep a label for each."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in METHODS:
            environ["REQUEST_METHOD"] = "UNKNOWN"
        return self._inner(environ, start_response)


def check_request() -> None:
    """Raises InvalidInput naming the field of the query or the form, and NotFound for the path.

    JSON bodies are checked where they are parsed (`app/web/api/bodies.py`).
    """
    if not is_storable(request.path):
        abort(404)
    try:
        args = request.args
    except UnicodeDecodeError:
        raise InvalidInput("query", "is not UTF-8; open the page with the links of the menu") from None
    _check_fields(args)
    _check_fields(request.form)


def _check_fields(fields: MultiDict[str, str]) -> None:
    for name, value in fields.items(multi=True):
        if not isinstance(name, str):  # a part of a form may come without a name
            raise InvalidInput("form", "has a field without a name; reload the page and send it again")
        check_text(check_text("the name of a field", name)[:LONGEST_SHOWN], value)
