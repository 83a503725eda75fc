"""The command lines of Chorus's own processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

from app.cli.stack.home import Home
from app.cli.stack.options import UpOptions
from app.cli.stack.plan import ProcessSpec
from app.cli.stack.ports import PortBook
from app.cli.stack.probes import accepts, consumes, local_host, serves
from app.cli.stack.workers import CELERY, IO, TICKS, WorkerNode, describe_node, split_shards
from app.config import Settings

FLOWER = (sys.executable, "-m", "celery", "--quiet", "-A", "tasks.flower", "flower", "--logging=none")
FLOWER_USER = "admin"
_WORKER_STOP_S = 10.0
_STOP_S = 6.0


def worker_specs(options: UpOptions, settings: Settings, ports: PortBook) -> Iterator[ProcessSpec]:
    """Yields the tick nodes, each with a slice of the shards, and the I/O nodes."""
    slices = split_shards(settings.shards, options.tick_workers)
    for number, part in enumerate(slices):
        node = describe_node(TICKS, shards=settings.shards, part=part, number=number)
        yield _worker_spec(node, settings, ports)
    for number in range(options.io_workers):
        yield _worker_spec(describe_node(IO, shards=settings.shards, number=number), settings, ports)


def _worker_spec(node: WorkerNode, settings: Settings, ports: PortBook) -> ProcessSpec:
    """Returns a worker's process; SIGTERM is a soft shutdown: finish within a few seconds, requeue the rest."""
    name = f"worker-{node.label}"
    return ProcessSpec(
        name=name,
        argv=node.argv,
        env={**node.environment, **_own_metrics(name, ports)},
        graceful_timeout=_WORKER_STOP_S,
        wait_ready=partial(consumes, settings.broker_url, node.node_name),
    )


def beat_spec() -> ProcessSpec:
    """Returns Celery beat; RedBeat's lock makes a second one wait."""
    argv = (*CELERY, "beat", "-S", "tasks.scheduler.PatientScheduler", "--loglevel", "INFO")
    return ProcessSpec("beat", argv, graceful_timeout=_STOP_S)


def poller_spec(ports: PortBook) -> ProcessSpec:
    """Returns the poller: long polling for bots without a webhook."""
    argv = (sys.executable, "-m", "app.cli.main", "poll")
    env = _own_metrics("poller", ports)
    ready = partial(accepts, "127.0.0.1", int(env["METRICS_PORT"]))
    return ProcessSpec("poller", argv, env=env, graceful_timeout=_STOP_S, wait_ready=ready)


def _own_metrics(name: str, ports: PortBook) -> dict[str, str]:
    return {"METRICS_PORT": str(ports.choose(f"metrics-{name}"))}


def web_spec(settings: Settings) -> ProcessSpec:
    """Returns the admin: one gunicorn worker whose threads also serve the pages' event streams."""
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    server = (sys.executable, "-m", "gunicorn", "--bind", f"{host}:{settings.web_port}", "--no-control-socket")
    manner = ("--workers", "1", "--threads", "16", "--graceful-timeout", "3", "--timeout", "60", "--keep-alive", "30")
    lines = ("--logger-class", "app.adapters.gunicorn.GunicornLogger")
    return ProcessSpec(
        name="web",
        argv=(*server, *manner, *lines, "app.web:create_app()"),
        graceful_timeout=_STOP_S,
        wait_ready=partial(serves, f"{admin_url(settings)}/healthz"),
    )


def flower_spec(home: Home, port: int) -> ProcessSpec:
    """Returns Flower on the loopback address; its password is in a file of mode 0600, not on the command line."""
    password = home.secret("flower_password")
    config = home.write_secret("flower.py", f"basic_auth = [{f'{FLOWER_USER}:{password}'!r}]")
    where = ("--address=127.0.0.1", f"--port={port}", f"--conf={config}")
    argv = (*FLOWER, *where, "--purge_offline_workers=60")
    return ProcessSpec("flower", argv, graceful_timeout=3.0, wait_ready=partial(accepts, "127.0.0.1", port))


def extra_specs(options: UpOptions) -> Iterator[ProcessSpec]:
    """Yields the processes of `--process NAME=CMD`."""
    for name, argv in options.processes:
        yield ProcessSpec(name, argv, graceful_timeout=_STOP_S)


def admin_url(settings: Settings) -> str:
    """Returns the admin's address on this machine."""
    host = local_host(settings.web_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.web_port}"
