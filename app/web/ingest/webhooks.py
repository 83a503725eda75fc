"""Telegram's webhooks: `POST /telegram/<public id>` stores the update and answers, ahead of the admin app.

Neither sessions nor rate limits of the admin run for it, so that an update costs one INSERT:
https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import SessionFactory
from app.domain.ingest.numbers import read_update_number
from app.domain.ingest.webhooks import PREFIX, webhook_secret
from app.domain.ports import TaskQueue
from app.logs import bound
from app.outages import log_error
from app.services.ingest.inbox import store_delivered
from app.services.ingest.webhooks import list_addresses
from app.web.state import WebRuntime

SECRET_HEADER = "HTTP_X_TELEGRAM_BOT_API_SECRET_TOKEN"  # noqa: S105 - the name of a header
LARGEST_BODY = 1024 * 1024
KNOWN_FOR_S = 30.0
ASK_AGAIN_S = 1.0
NUDGE_GAP_S = 0.04

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Recipient:
    """A bot that updates are delivered to, and its webhook secret."""

    bot_id: int
    secret: str


class Directory:
    """A cache of bots by public id, reloaded every half minute, and for an unknown id at most once a second."""

    def __init__(
        self, sessions: SessionFactory, secret_key: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions = sessions
        self._secret_key = secret_key
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[str, Recipient] = {}
        self._read_at = float("-inf")

    def find(self, public_id: str) -> Recipient | None:
        """Returns the bot of a public id, or None. Raises SQLAlchemyError if Postgres is away and nothing is cached."""
        found = self._known.get(public_id)
        if self._is_stale(found):
            with self._lock:
                if self._is_stale(found):
                    self._read()
            found = self._known.get(public_id)
        return found

    def _is_stale(self, found: Recipient | None) -> bool:
        return self._monotonic() - self._read_at > (KNOWN_FOR_S if found else ASK_AGAIN_S)

    def _read(self) -> None:
        try:
            bots = list_addresses(self._sessions)
        except SQLAlchemyError as error:
            if not self._known:
                raise
            log_error(log, "bots_unreadable", error)
            return
        self._known = {
            bot.public_id: Recipient(bot.id, webhook_secret(self._secret_key, bot.public_id)) for bot in bots
        }
        self._read_at = self._monotonic()


class Nudger:
    """Nudges the inbox from its own thread, so that a slow broker delays no answer to Telegram.

    However many updates come while one nudge is sent, one more follows it, after at least `gap_s` seconds: the updates
    in between are processed as one batch.
    """

    def __init__(self, queue: TaskQueue, gap_s: float = NUDGE_GAP_S) -> None:
        self._queue = queue
        self._gap_s = gap_s
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Requests a nudge; does not block."""
        self._wanted.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="ingest-nudges", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._queue.nudge_ingest()
            except Exception as error:  # the beat polls the inbox every second anyway
                log_error(log, "nudge_failed", error)
            time.sleep(self._gap_s)


class WebhookApp:
    """A WSGI app that answers requests under /telegram/ and passes everything else to `admin`.

    200: stored. 404: no such bot. 403: the secret is not that bot's. 413 and 400: too large, or no update. 503:
    Postgres is away, and Telegram retries.
    """

    def __init__(self, admin: WSGIApplication, runtime: WebRuntime) -> None:
        self._admin = admin
        self._runtime = runtime
        self._directory = Directory(runtime.sessions, runtime.settings.secret_key.get_secret_value())
        self._nudger = Nudger(runtime.queue)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._admin(environ, start_response)
        try:
            status = self._take(environ, path.removeprefix(PREFIX))
        except SQLAlchemyError as error:
            log_error(log, "webhook_not_stored", error)
            status = HTTPStatus.SERVICE_UNAVAILABLE
        headers = [("Content-Type", "text/plain"), ("Content-Length", "0"), ("Cache-Control", "no-store")]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "POST"))
        start_response(f"{status.value} {status.phrase}", headers)
        return []

    def _take(self, environ: WSGIEnvironment, name: str) -> HTTPStatus:
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        public_id = _read_id(name)
        recipient = self._directory.find(public_id) if public_id else None
        if recipient is None:
            return HTTPStatus.NOT_FOUND
        if not hmac.compare_digest(
            environ.get(SECRET_HEADER, "").encode("utf-8", "replace"), recipient.secret.encode()
        ):
            return HTTPStatus.FORBIDDEN
        body = _read_body(environ)
        if body is None:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        update = _read_update(body)
        if update is None:
            return HTTPStatus.BAD_REQUEST
        with bound(bot=recipient.bot_id):
            store_delivered(self._runtime.sessions, self._runtime.clock, recipient.bot_id, update)
        self._nudger.nudge()
        return HTTPStatus.OK


def _read_id(name: str) -> str | None:
    """Returns a public id as Postgres writes it; None for any other spelling."""
    try:
        return name if str(uuid.UUID(name)) == name else None
    except ValueError:
        return None


def _read_body(environ: WSGIEnvironment) -> bytes | None:
    """Returns the body, or None when it is larger than 1 MB, whatever its declared length."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return None
    chunked = not length and environ.get("wsgi.input_terminated")
    wanted = LARGEST_BODY + 1 if chunked else int(length) if length.isdecimal() else 0
    body: bytes = environ["wsgi.input"].read(wanted)
    return body if len(body) <= LARGEST_BODY else None


def _read_update(body: bytes) -> dict[str, Any] | None:
    """Returns a JSON object with an update id that Postgres can hold, or None."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):  # an update that is only nested too deep for us is kept by its number
        return None
    number = read_update_number(update) if isinstance(update, dict) else None
    return update if number is not None and number >= 0 else None
