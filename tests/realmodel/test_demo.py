"""The demo on a real llama.cpp server: answers parse, its slots are not overrun, and nobody is asked twice.

Off by default: `make test-realmodel`, which takes some minutes and 300 MB.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.side_environments import python_of
from tests.waiting import patience

HERE = Path(__file__).parent
SLOTS = 4
SECONDS = 120

pytestmark = [
    pytest.mark.skipif(not os.environ.get("REALMODEL"), reason="needs 300 MB and minutes: run make test-realmodel"),
    pytest.mark.xdist_group("realmodel"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a llama.cpp server with the shipped model, or with MODEL_FILE."""
    python = python_of(HERE / "requirements.lock", "xllamacpp")
    model = os.environ.get("MODEL_FILE") or str(tmp_path_factory.mktemp("model"))
    log = (tmp_path_factory.mktemp("server") / "log").open("ab")
    with log:
        process = subprocess.Popen(  # noqa: S603
            [python, HERE / "serve.py", model, str(SLOTS)], stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(patience(10))
        process.stdout.close()


def run_demo(server: str, folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The report of a demo on the server, and the lines of its I/O worker's log."""
    options = ["--llm-url", f"{server}/v1", "--for", str(SECONDS), "--bots", "4", "--chats", "1", "--report", "json"]
    options += ["--mention-every", "15", "--var", str(folder)]
    environment = {**os.environ, "LOG_FORMAT": "json"}
    finished = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "app.cli.main", "demo", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience(SECONDS + 240),
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    lines = (folder / "log" / "worker-io0.log").read_text().splitlines()
    return json.loads(finished.stdout), [json.loads(line) for line in lines if line.startswith("{")]


def test_a_real_server_answers_the_fleet(server: str, tmp_path: Path) -> None:
    report, lines = run_demo(server, tmp_path / "demo")
    events = Counter(line["event"] for line in lines)
    asked = Counter(line["utterance"] for line in lines if line["event"] == "generating" and "utterance" in line)
    returned = {"planned", "rewritten"}
    again = Counter(line["utterance"] for line in lines if line["event"] in returned and "utterance" in line)
    metrics = httpx.get(f"{server}/metrics").text

    assert events["generated"] >= 5
    assert events["llm_request_failed"] <= 0.1 * events["generated"]
    assert not events["provider_failing"]
    assert [one for one, times in asked.items() if times > 1 + again[one]] == []
    assert re.search(r"^llamacpp:requests_deferred 0$", metrics, re.MULTILINE)
    assert (report["said_twice"], report["lost"]) == (0, 0)
    assert report["bot_messages"] > 0
