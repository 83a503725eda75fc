"""The two HTTP servers: the Bot API for bots and the control API for operators and tests."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from sandbox.telegram.control import AccountsControl, explain_errors
from sandbox.telegram.control_chat import ChatControl
from sandbox.telegram.gateway import Gateway
from sandbox.telegram.replay import Replays
from sandbox.telegram.state import Clock, State
from sandbox.telegram.webhooks import Webhooks

log = structlog.get_logger()

NOTICE = (
    "<!doctype html><title>Chorus sandbox</title><p>This is the Chorus sandbox, a local stand-in for the Telegram Bot "
    "API: it is not Telegram, and nothing sent here reaches Telegram.</p>\n"
)
SHUTDOWN_S = 2.0


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a running sandbox."""

    port: int
    control_port: int


def create_apps(state: State) -> tuple[web.Application, web.Application]:
    """Creates the Bot API's and the control API's application over one state; the latter runs webhooks and replays."""
    return _create_api(state), _create_control(state)


def _create_api(state: State) -> web.Application:
    gateway = Gateway(state)
    app = web.Application(middlewares=[_answer_in_wire_form])
    app.add_routes(
        [
            web.get("/", show_notice),
            web.get("/bot{token:[^/]*}/{method:[^/]+}", gateway.handle),
            web.post("/bot{token:[^/]*}/{method:[^/]+}", gateway.handle),
        ]
    )

    async def end_polls(_app: web.Application) -> None:
        state.closing = True
        for bot in state.world.bots.values():
            bot.queue.changed.set()

    app.on_shutdown.append(end_polls)
    return app


def _create_control(state: State) -> web.Application:
    webhooks, replays = Webhooks(state), Replays(state)
    app = web.Application(middlewares=[explain_errors])
    app.add_routes([web.get("/", show_notice), web.get("/health", show_health)])
    app.add_routes(AccountsControl(state).routes())
    app.add_routes(ChatControl(state, replays).routes())

    async def deliver(_app: web.Application) -> AsyncIterator[None]:
        await webhooks.open()
        yield
        await replays.close()
        await webhooks.close()

    app.cleanup_ctx.append(deliver)
    return app


async def show_notice(_request: web.Request) -> web.Response:
    """Answers with a notice that this is a sandbox."""
    return web.Response(text=NOTICE, content_type="text/html")


async def show_health(_request: web.Request) -> web.Response:
    """Answers that the server runs."""
    return web.json_response({"ok": True, "sandbox": "telegram"})


@web.middleware
async def _answer_in_wire_form(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Gives every failure the Bot API's JSON form; logs the error without the address, which holds a token."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _failure(error.status, "Not Found" if error.status in {404, 405} else error.reason)
    except Exception:
        log.exception("bot_api_call_failed")
        return _failure(500, "Internal Server Error")


def _failure(status: int, description: str) -> web.Response:
    status = 404 if status == 405 else status
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return web.json_response(body, status=status)


@asynccontextmanager
async def serve_telegram(
    journal_path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    control_port: int = 0,
    clock: Clock = time.time,
) -> AsyncIterator[Ports]:
    """Runs both servers until the block ends; port 0 takes a free one. Raises OSError when a port is taken.

    `clock` gives the unix seconds that messages, limits and faults use.
    """
    state = State(journal_path, clock=clock)
    runners = [web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S) for app in create_apps(state)]
    try:
        ports = Ports(await _listen(runners[0], host, port), await _listen(runners[1], host, control_port))
        state.log("start", port=ports.port, control_port=ports.control_port)
        yield ports
    finally:
        for runner in runners:
            await runner.cleanup()
        state.log("stop")
        state.close()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=1024).start()
    listening: int = runner.addresses[0][1]
    return listening
