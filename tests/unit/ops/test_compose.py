"""The compose file and the image, as far as they can be checked without an engine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from redbeat.schedulers import RedBeatConfig

from app.adapters.celery import create_celery
from app.cli.main import COMMANDS
from app.cli.stack.processes import web_spec
from app.cli.stack.workers import describe_node
from app.config import Settings
from docker.healthcheck import BEAT_LOCK

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "docker"
ENTRYPOINT = (DOCKER / "entrypoint.sh").read_text(encoding="utf-8")
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
OWN_ROLES = {"web", "beat", "flower"}
ONLY_ON_A_MACHINE = {"up", "demo"}
CODE = {"app", "tasks", "migrations", "beat_schedule.py"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, anchors and merges resolved."""
    parsed: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    return parsed


def own_services(compose: Mapping[str, Any]) -> dict[str, Any]:
    """The services that run our image."""
    return {name: service for name, service in compose["services"].items() if service["image"].startswith("chorus:")}


def roles() -> set[str]:
    """What the entrypoint knows by name."""
    arms = re.findall(r"^([a-z |]+)\)$", ENTRYPOINT, flags=re.MULTILINE)
    return {role.strip() for arm in arms for role in arm.split("|")}


def test_the_entrypoint_knows_every_command_that_makes_sense_in_a_container() -> None:
    assert roles() == OWN_ROLES | set(COMMANDS) - ONLY_ON_A_MACHINE


def test_every_service_starts_a_role_and_every_worker_names_real_queues(compose: dict[str, Any]) -> None:
    started = [service["command"] for service in own_services(compose).values()]
    assert {words[0] for words in started} <= roles()
    for words in started:
        if words[0] == "worker":
            assert describe_node(words[1], shards=64).queues


def test_every_queue_has_a_worker(compose: dict[str, Any], settings_without_servers: Settings) -> None:
    shards = settings_without_servers.shards
    commands = [service["command"] for service in own_services(compose).values()]
    served = {
        queue for words in commands if words[0] == "worker" for queue in describe_node(words[1], shards=shards).queues
    }
    wanted = {*describe_node("ticks", shards=shards).queues, *describe_node("io", shards=shards).queues}
    assert served == wanted


def test_there_is_exactly_one_poller_and_one_beat(compose: dict[str, Any]) -> None:
    commands = [service["command"][0] for service in own_services(compose).values()]
    assert (commands.count("poll"), commands.count("beat")) == (1, 1)


def test_every_variable_is_one_of_settings(compose: dict[str, Any]) -> None:
    known = {name.upper() for name in Settings.model_fields}
    example = re.findall(r"^([A-Z_]+)=", (DOCKER / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE)
    given = {name for service in own_services(compose).values() for name in service["environment"]}
    names = {name.removesuffix("_FILE") for name in given | set(example)}
    assert names - known == set()


def test_a_secret_is_only_given_as_a_file_that_is_mounted(compose: dict[str, Any]) -> None:
    for service in own_services(compose).values():
        for name, value in service["environment"].items():
            assert not re.search(r"(URL|KEY|KEYS|PASSWORD)$", name), f"{name} belongs into a file"
            if name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_make_secrets_makes_every_secret_once(compose: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "make_secrets.sh"
    script.write_bytes((DOCKER / "make_secrets.sh").read_bytes())
    made, again = run_make_secrets(script), run_make_secrets(script)
    assert made == again
    assert {f"secrets/{name}" for name in made} == {secret["file"] for secret in compose["secrets"].values()}
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    Fernet(made["encryption_keys"])
    assert made["postgres_password"] in made["database_url"]
    assert made["redis_broker.conf"].removeprefix("requirepass ") in made["broker_url"]
    assert made["redis_broker.conf"] != made["redis_cache.conf"]


def run_make_secrets(script: Path) -> dict[str, str]:
    """Runs the script and returns its folder's files."""
    argv = ["/bin/sh", str(script)]
    subprocess.run(argv, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin"})  # noqa: S603
    return {file.name: file.read_text(encoding="utf-8").strip() for file in (script.parent / "secrets").iterdir()}


def test_every_image_is_pinned(compose: dict[str, Any]) -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)
    for image in [*bases, *(service["image"] for service in compose["services"].values())]:
        name, _, tag = image.rpartition(":")
        assert name, f"{image} has no tag"
        assert re.match(r"v?\d+\.\d+", tag), f"{image} is not pinned to a minor version"


def test_every_service_is_watched_limited_and_started_again(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert "healthcheck" in service or name == "web", name
        assert service["deploy"]["resources"]["limits"], name
        assert service["restart"].startswith(("unless-stopped", "on-failure")), name


def test_nothing_is_published_beyond_this_machine_unasked(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(re.match(r"\$\{[A-Z_]+:-127\.0\.0\.1:\d+\}:\d+$", port) for port in published), published


def test_both_redis_have_the_manners_of_their_task(compose: dict[str, Any]) -> None:
    broker, cache = (" ".join(compose["services"][f"redis-{name}"]["command"]) for name in ("broker", "cache"))
    assert "--appendonly yes" in broker
    assert "--maxmemory-policy noeviction" in broker
    assert "--maxmemory-policy allkeys-lru" in cache


def test_the_image_runs_as_nobody_in_particular_and_holds_what_the_code_looks_for() -> None:
    last_stage = DOCKERFILE.split("\nFROM ")[-1]
    assert re.search(r"^USER (?!0|root)\S+", last_stage, flags=re.MULTILINE)
    copied = set(re.findall(r"^COPY ([a-z_.]+) ", last_stage, flags=re.MULTILINE))
    assert copied == CODE
    assert {f"!{name}" for name in CODE} <= set((DOCKER / "Dockerfile.dockerignore").read_text().splitlines())


def test_the_admin_runs_in_the_image_as_it_does_under_chorus_up(settings_without_servers: Settings) -> None:
    argv = web_spec(settings_without_servers).argv
    manner = argv[argv.index("--workers") : -1]
    words = ENTRYPOINT.replace("\\\n", " ").split()
    for option, value in zip(manner[::2], manner[1::2], strict=True):
        assert words[words.index(option) + 1] == value


@pytest.mark.filterwarnings("ignore:RedBeat will stop falling back:DeprecationWarning")
def test_the_probe_of_beat_looks_for_the_lock_that_redbeat_takes(settings_without_servers: Settings) -> None:
    celery = create_celery(settings_without_servers)
    assert RedBeatConfig(celery).lock_key == BEAT_LOCK


@pytest.fixture
def settings_without_servers() -> Settings:
    """Settings for questions that need no server."""
    place = "redis://127.0.0.1:9/0"
    return Settings.from_env(
        database_url="postgresql://127.0.0.1:9/chorus",
        broker_url=place,
        cache_url=place,
        secret_key="k" * 40,
        encryption_keys=Fernet.generate_key().decode(),
    )
