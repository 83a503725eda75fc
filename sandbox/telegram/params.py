"""Parameters of a Bot API call, from query, JSON, form or multipart; numbers may come as strings."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.telegram.errors import ApiError, bad_request

SECRET_NAMES = frozenset({"secret_token", "certificate"})


class Params:
    """Typed access to the raw values. Raises the API's 400 for an unreadable value."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw

    def text(self, name: str) -> str | None:
        """Returns a string, or None when absent. Raises 400 for one that has no UTF-8 form."""
        value = self._raw.get(name)
        if value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str) -> int | None:
        """Returns a whole number; None when absent or not a number, as the Bot API ignores such values."""
        return whole_number(self._raw.get(name))

    def flag(self, name: str) -> bool:
        """Returns a boolean; "true", "True", "yes" and "1" count as true."""
        return str(self._raw.get(name, "")).lower() in {"true", "yes", "1"}

    def json(self, name: str) -> Any:
        """Returns a list or object, given as such or as a JSON string; None when absent or empty."""
        value = self._raw.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def objects(self, name: str) -> list[dict[str, Any]] | None:
        """Returns a list of JSON objects, or None when absent."""
        value = self.json(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise bad_request(f"can't parse {name.replace('_', ' ')}: expected an Array of objects")
        return value

    def strings(self, name: str) -> list[str] | None:
        """Returns a list of strings, or None when absent."""
        value = self.json(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise bad_request(f"can't parse {name.replace('_', ' ')}: expected an Array of String")
        return value

    def without_secrets(self) -> dict[str, Any]:
        """Returns the values for the journal; of a webhook's address only its origin, since the path may be secret."""
        shown = {name: value for name, value in self._raw.items() if name not in SECRET_NAMES}
        if isinstance(shown.get("url"), str):
            shown["url"] = origin(shown["url"])
        return shown


def origin(url: str) -> str:
    """Returns scheme, host and port of an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.scheme else ""


def whole_number(value: object) -> int | None:
    """Returns an int from a JSON number or its decimal string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


async def read_params(request: web.Request) -> Params:
    """Returns the query's values overlaid by the body's. Raises ApiError for a body that cannot be read."""
    raw: dict[str, Any] = dict(request.query)
    if request.can_read_body:
        raw.update(await _read_body(request))
    return Params(raw)


async def _read_body(request: web.Request) -> dict[str, Any]:
    try:
        if request.content_type == "application/json":
            body = json.loads(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise bad_request("request body must be a JSON object")
            return body
        form = await request.post()
        return {name: value for name, value in form.items() if isinstance(value, str)}
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except (ValueError, LookupError):
        raise bad_request("request body can't be parsed") from None
