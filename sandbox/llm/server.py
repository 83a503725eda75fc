"""The web application: the provider's calls, and separate routes for faults."""

import random
import time
from collections.abc import Callable
from dataclasses import asdict

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.journal import Journal
from sandbox.llm.completions import Completions, read_json, read_key
from sandbox.llm.engine import Engine
from sandbox.llm.errors import ApiError
from sandbox.llm.faults import FaultBoard, FaultError
from sandbox.llm.limits import Limiters
from sandbox.llm.providers import PLAIN, Provider

PREFIXES = ("/v1", "", "/openai/v1")
NO_MODEL = "a sandbox that answers in ready-made sentences, not a model"
LARGEST_BODY = 32 * 1024 * 1024
ABOUT = (
    "<!doctype html><title>Chorus LLM sandbox</title>"
    "<p>This is a sandbox that answers in the form of a language model's API, not a model.</p>"
)


def create_app(
    journal: Journal,
    provider: Provider = PLAIN,
    clock: Callable[[], float] = time.monotonic,
    rng: random.Random | None = None,
    obedient: bool = False,
) -> web.Application:
    """Creates the sandbox over `journal`, in the manner of `provider`; `rng` decides what has a probability.

    With `obedient`, it follows orders in messages of its prompts, as under the fault `obey`.
    """
    faults = FaultBoard(clock, rng or random.Random())
    if obedient:
        faults.add({"kind": "obey"})
    engine = Engine(provider.speed, clock)
    completions = Completions(Limiters(provider.limits, clock), faults, journal, engine, provider, clock)
    about = About(provider, engine)
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[answer_errors_in_kind])
    app.router.add_get("/", show_about)
    for prefix in PREFIXES:
        app.router.add_post(f"{prefix}/chat/completions", completions.handle)
        app.router.add_get(f"{prefix}/models", about.list_models)
    if provider.speed.slots:
        app.router.add_get("/props", about.show_props)
    control = FaultControl(faults, journal)
    app.router.add_get("/control/faults", control.list_all)
    app.router.add_post("/control/faults", control.add)
    app.router.add_delete("/control/faults", control.clear)
    return app


async def show_about(request: web.Request) -> web.Response:
    return web.Response(text=ABOUT, content_type="text/html")


class About:
    """What the provider tells of itself."""

    def __init__(self, provider: Provider, engine: Engine) -> None:
        self._provider = provider
        self._engine = engine

    async def list_models(self, request: web.Request) -> web.Response:
        read_key(request)
        told = {"object": "model", "created": 0, "owned_by": "chorus-sandbox", "description": NO_MODEL}
        if self._provider.context:
            told["max_model_len"] = self._provider.context
        return web.json_response({"object": "list", "data": [{"id": name, **told} for name in self._provider.models]})

    async def show_props(self, request: web.Request) -> web.Response:
        """Tells of slots and context as llama.cpp does (its server's README, GET /props), and how busy it is."""
        speed = self._provider.speed
        return web.json_response(
            {
                "total_slots": speed.slots,
                "default_generation_settings": {"n_ctx": self._provider.context},
                "model_alias": self._provider.models[0],
                "busy": self._engine.busy,
                "waiting": self._engine.waiting,
            }
        )


@web.middleware
async def answer_errors_in_kind(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives every error the API's format, those of the framework too."""
    try:
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.as_json(), status=error.status, headers=error.headers)
    except web.HTTPError as error:
        told = ApiError(error.status, f"{request.method} {request.path}: {error.reason}", code="unknown_url")
        return web.json_response(told.as_json(), status=error.status)


class FaultControl:
    """Switches faults on and off; not part of the provider's API, and needs no key."""

    def __init__(self, faults: FaultBoard, journal: Journal) -> None:
        self._faults = faults
        self._journal = journal

    async def list_all(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": self._faults.list_all()})

    async def add(self, request: web.Request) -> web.Response:
        try:
            fault = self._faults.add(await read_json(request))
        except FaultError as error:
            return web.json_response({"error": str(error)}, status=400)
        self._journal.write("fault", action="on", kind=fault.kind, id=fault.id)
        return web.json_response(asdict(fault), status=201)

    async def clear(self, request: web.Request) -> web.Response:
        cleared = self._faults.clear()
        self._journal.write("fault", action="off", cleared=cleared)
        return web.json_response({"cleared": cleared})
