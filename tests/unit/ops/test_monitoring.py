"""The scrape targets and alerts fit what the code serves."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from app import metrics
from app.domain import errors
from app.domain.money import DailyBudget
from app.domain.settings import FleetSettings
from app.domain.utterance import State
from app.repositories.overview.counters import Counters
from app.services.money import Today
from app.web import metrics as web_metrics

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "monitoring"
WORD = re.compile(r"\b(?:chorus|flask|flower|celery)_[a-z_]+\b|\bup\b")


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    """Every alert."""
    groups = yaml.safe_load((MONITORING / "rules.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of all samples that workers, poller and admin can serve."""
    counters = Counters(utterances=dict.fromkeys(State, 0))
    monkeypatch.setattr(web_metrics.overview, "read_counters", lambda *_: counters)
    monkeypatch.setattr(web_metrics.overview, "check_writes", lambda *_: None)
    today = Today(DailyBudget(), 0, {"chat": {}, "bot": {}})
    monkeypatch.setattr(web_metrics.money, "read_today", lambda *_: today)
    reader = SimpleNamespace(read=FleetSettings)
    port = SimpleNamespace(sessions=None, cache=None, clock=None, fleet_settings=reader)
    admin = web_metrics.FleetCollector(port)  # type: ignore[arg-type]
    assert metrics.TICKS in REGISTRY._collector_to_names
    servers = web_metrics.RedisCollector({})
    families = [*admin.collect(), *servers.collect(), *REGISTRY.collect()]
    return {"up", *(name for family in families for name in _sample_names(family.name, family.type))}


def _sample_names(name: str, kind: str) -> list[str]:
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(kind, [""])
    return [name + ending for ending in endings]


def test_every_metric_of_an_alert_exists(rules: list[dict[str, Any]], measured: set[str]) -> None:
    used = {word for rule in rules for word in WORD.findall(rule["expr"])}
    assert len(used) > 8
    assert used - measured == set()


def test_every_label_value_of_an_alert_is_one_that_the_code_sets(rules: list[dict[str, Any]]) -> None:
    expressions = " ".join(rule["expr"] for rule in rules)
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py")]
    outcomes = {name.removeprefix("LLM").lower() for name in vars(errors) if name.startswith("LLM")} | set(vars(errors))
    for value in re.findall(r'(?:state|kind|status|outcome)!?="([A-Za-z_]+)"', expressions):
        assert value in outcomes or any(f'"{value}"' in source for source in sources), value


def test_every_alert_says_how_grave_it_is_and_what_to_do(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert len(rule["annotations"]["summary"]) > 30


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    cases = yaml.safe_load((MONITORING / "rules_test.yml").read_text(encoding="utf-8"))["tests"]
    fired = {check["alertname"] for case in cases for check in case["alert_rule_test"] if check.get("exp_alerts")}
    written = yaml.safe_load((MONITORING / "rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert fired == {rule["alert"] for rule in written}


def test_every_target_is_a_service_on_a_port_it_serves() -> None:
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for job in jobs:
        for lookup in job.get("dns_sd_configs", []):
            assert str(lookup["port"]) == services[lookup["names"][0]]["environment"]["METRICS_PORT"]
        for target in (target for group in job.get("static_configs", []) for target in group["targets"]):
            name, _, port = target.partition(":")
            service = services["prometheus" if name == "localhost" else name]
            assert port in str([service.get("ports"), service.get("environment"), service.get("healthcheck")]), target


def test_all_that_measures_itself_is_scraped() -> None:
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    measuring = {name for name, service in services.items() if "METRICS_PORT" in str(service.get("environment"))}
    assert {job["job_name"] for job in jobs} >= measuring | {"web", "flower", "celery-exporter"}


def test_promtool_accepts_the_configuration_and_the_alerts_behave() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing; install it with: sudo apt-get install -y prometheus")
    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "rules_test.yml"]):
        done = subprocess.run([promtool, *words], cwd=MONITORING, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stdout + done.stderr
