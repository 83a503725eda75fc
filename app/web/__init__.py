"""The admin: a Flask app over the services, for operators."""

from __future__ import annotations

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from app.adapters.redis.connection import connect, connection_class
from app.bootstrap import build_runtime
from app.config import Settings
from app.web import (
    access,
    api,
    conversation,
    feeds,
    health,
    ingest,
    money,
    overview,
    providers,
    settings,
    utterances,
)
from app.web.access.guard import guard_requests
from app.web.access.limits import limiter
from app.web.access.sessions import configure_sessions, login_manager
from app.web.context import register_context
from app.web.csrf import csrf
from app.web.doors import check_requests
from app.web.errors import register_errors
from app.web.filters import register_filters
from app.web.fleet import bots, chats
from app.web.headers import register_headers
from app.web.ingest.webhooks import WebhookApp
from app.web.metrics import measure_requests
from app.web.state import EXTENSION, WebRuntime, WebState

SECTIONS = (
    *(access, overview, bots, chats, money, providers, feeds),
    *(conversation, utterances, settings, ingest, health, api),
)


def create_app(runtime: WebRuntime | None = None) -> Flask:
    """Creates the WSGI app; without a Runtime, builds one from the environment.

    Raises ConfigError when the environment is not usable. Opens no connection: while servers are unreachable the app
    starts, reports them on `/readyz`, and recovers when they return.
    """
    runtime = runtime or build_runtime(Settings.from_env())
    app = Flask(__name__)
    configure(app, runtime.settings)
    register_context(app)
    check_requests(app)
    app.extensions[EXTENSION] = WebState(
        runtime=runtime,
        broker=connect(runtime.settings.broker_url, socket_timeout=2, socket_connect_timeout=2),
    )
    Bootstrap5(app)
    csrf.init_app(app)
    login_manager.init_app(app)
    limiter.init_app(app)
    register_headers(app)
    guard_requests(app)
    register_errors(app)
    register_filters(app)
    for section in SECTIONS:
        app.register_blueprint(section.blueprint)
    measure_requests(app)
    app.wsgi_app = WebhookApp(app.wsgi_app, runtime)  # type: ignore[method-assign]
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Sets Flask's own configuration from our settings."""
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.cache_url,
        RATELIMIT_STORAGE_OPTIONS={
            "connection_class": connection_class(settings.cache_url),
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
        },
        RATELIMIT_KEY_PREFIX="limits",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    configure_sessions(app, settings.public_url)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
