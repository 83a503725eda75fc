"""The file of presets: every entry is complete, can be reached, and names fields that the code knows."""

from __future__ import annotations

import datetime as dt
import re
import tomllib

from app.adapters.llm.presets import SHIPPED, find_preset, load_entries
from app.domain.providers.capabilities import EFFORTS, LADDER, LIMIT_NAMES
from app.domain.providers.ladder import REASONING_FIELDS

FIELDS = {
    "name",
    "hosts",
    "ports",
    "models",
    "format",
    "limit_name",
    "thinking_tokens",
    "quiet",
    "if_seen",
    "source",
    "lengths",
}

WANTED = {
    "openai", "groq", "gemini", "deepseek", "mistral", "openrouter", "together", "fireworks", "ollama", "lmstudio",
    "vllm", "llama.cpp",
}  # fmt: skip


def test_every_preset_of_the_list_is_there_with_its_source_and_day():
    content = tomllib.loads(SHIPPED.read_text())
    assert isinstance(content["checked"], dt.date)
    assert {entry["name"] for entry in load_entries()} == WANTED
    assert all(entry["source"].startswith("https://") for entry in load_entries())


def test_every_entry_says_only_what_the_code_reads():
    for entry in load_entries():
        assert entry.keys() <= FIELDS, entry["name"]
        assert entry.get("hosts") or entry.get("ports")
        assert entry.get("format", LADDER[0]) in LADDER
        assert entry.get("limit_name", LIMIT_NAMES[0]) in LIMIT_NAMES
        re.compile(entry.get("models", ""))
        for name in ("quiet", "if_seen"):
            fields = entry.get(name, {})
            assert fields.keys() <= REASONING_FIELDS.keys()
            assert fields.get("reasoning_effort", "none") in EFFORTS


def test_every_provider_has_an_entry_for_models_that_no_other_one_names():
    for entry in load_entries():
        hosts = [f"https://{host}/v1" for host in entry.get("hosts", ())]
        for url in hosts + [f"http://127.0.0.1:{port}/v1" for port in entry.get("ports", ())]:
            assert find_preset(url, "a-model-of-tomorrow").name == entry["name"]
