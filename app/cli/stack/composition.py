"""Composes an installation: servers, keys, environment and the plan of processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.cli.migration import upgrade_to_head
from app.cli.stack.checks import check_own_servers, check_web_port
from app.cli.stack.embedded import EmbeddedServers, choose_servers
from app.cli.stack.environment import KEY_FILES, SERVER_VARIABLES, is_configured, publish, remember
from app.cli.stack.home import Home, make_encryption_key, make_signing_key
from app.cli.stack.options import UpOptions
from app.cli.stack.outside import Outside, choose_llm, choose_telegram, llm_limits, sandbox_spec
from app.cli.stack.plan import ProcessSpec, StackPlan, Stage
from app.cli.stack.ports import PortBook
from app.cli.stack.processes import beat_spec, extra_specs, flower_spec, poller_spec, web_spec, worker_specs
from app.config import Settings
from app.db import create_db_engine, create_session_factory
from app.services.access.users import ensure_first_admin


@dataclass
class FirstAdmin:
    """The first admin's one-time password, set once the last stage is ready and has created one."""

    password: str | None = None


@dataclass(frozen=True)
class Composition:
    """One start of the stack, ready to be supervised. `flower_port` is None without Flower.

    `warnings` say what about the operator's own servers should be otherwise.
    """

    home: Home
    settings: Settings
    servers: EmbeddedServers
    llm: Outside
    telegram: Outside
    plan: StackPlan
    flower_port: int | None
    first_admin: FirstAdmin = field(default_factory=FirstAdmin)
    warnings: tuple[str, ...] = ()


def compose(options: UpOptions, home: Home) -> Composition:
    """Prepares everything that `options` ask for; the caller holds `home.lock()`.

    Creates keys and data folders on first use and sets addresses and key files in this process's environment, which the
    children inherit; no secret is part of a command line. Raises ConfigError with every wrong variable, StackError
    (port, data folder, missing program) or Unreachable (the operator's servers).
    """
    ports = PortBook(home.path / "ports.json")
    servers = choose_servers(home, ports)
    llm, telegram = choose_llm(options, ports), choose_telegram(options, ports)
    outside = {**llm.additions, **telegram.additions}
    publish({**_place(options, home), **_key_files(home, servers), **outside})
    settings = Settings.from_env()
    check_web_port(settings)
    warnings = check_own_servers(settings, servers.urls)
    servers.initialise()
    remember(home.path, {**outside, "WEB_PORT": str(settings.web_port)})
    flower_port = ports.choose("flower", settings.flower_port) if options.flower else None
    first_admin = FirstAdmin()
    plan = StackPlan(
        stages=(
            Stage("Starting servers", servers.specs),
            Stage("Preparing the database", (), then=lambda: _prepare_database(servers, settings)),
            *outside_stage(options, home, settings, {"llm": llm, "telegram": telegram}),
            Stage(
                "Starting workers and admin",
                tuple(_own_specs(options, home, settings, ports, flower_port)),
                then=lambda: _create_first_admin(settings, first_admin),
            ),
        ),
        log_dir=home.logs,
    )
    return Composition(home, settings, servers, llm, telegram, plan, flower_port, first_admin, warnings)


def _place(options: UpOptions, home: Home) -> dict[str, str]:
    place = {"VAR_DIR": str(home.path), "PYTHONUNBUFFERED": "1"}
    return place if options.web_port is None else place | {"WEB_PORT": str(options.web_port)}


def _key_files(home: Home, servers: EmbeddedServers) -> dict[str, str]:
    """Returns `NAME_FILE` for every secret that the operator did not give."""
    home.secret(KEY_FILES["SECRET_KEY"], make_signing_key)
    home.secret(KEY_FILES["ENCRYPTION_KEYS"], make_encryption_key)
    files = {name: home.keys / file for name, file in KEY_FILES.items() if not is_configured(name)}
    for name in SERVER_VARIABLES:
        if name in servers.urls:
            files[name] = home.write_secret(name.lower(), servers.urls[name])
        else:
            (home.keys / name.lower()).unlink(missing_ok=True)
    return {f"{name}_FILE": str(file) for name, file in files.items()}


def _prepare_database(servers: EmbeddedServers, settings: Settings) -> None:
    if servers.postgres is not None:
        servers.postgres.create_database()
    engine = create_db_engine(settings.database_url, statement_timeout_s=0)
    try:
        upgrade_to_head(engine)
    finally:
        engine.dispose()


def _create_first_admin(settings: Settings, first_admin: FirstAdmin) -> None:
    """Creates the first admin last, so that a failed start does not create a password that is never shown."""
    engine = create_db_engine(settings.database_url, pool_size=1)
    try:
        first_admin.password = ensure_first_admin(create_session_factory(engine))
    finally:
        engine.dispose()


def outside_stage(
    options: UpOptions, home: Home, settings: Settings, outside: Mapping[str, Outside]
) -> tuple[Stage, ...]:
    """Returns the stage of the sandboxes, if any; one that imitates a provider (`--like`) keeps that one's limits."""
    imitates = "--like" in options.arguments_of("llm")
    limits = {} if imitates else {"llm": llm_limits(settings)}
    specs = tuple(
        sandbox_spec(
            name,
            service,
            home.path / "sandbox" / f"{name}.jsonl",
            (*limits.get(name, ()), *options.arguments_of(name)),
        )
        for name, service in outside.items()
        if service.ports
    )
    return (Stage("Starting sandboxes", specs),) if specs else ()


def _own_specs(
    options: UpOptions, home: Home, settings: Settings, ports: PortBook, flower_port: int | None
) -> list[ProcessSpec]:
    specs = [web_spec(settings), *worker_specs(options, settings, ports), beat_spec(), poller_spec(ports)]
    if flower_port is not None:
        specs.append(flower_spec(home, flower_port))
    return [*specs, *extra_specs(options)]
