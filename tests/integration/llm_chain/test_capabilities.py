"""What a whole runtime learns of its provider is in Postgres for the others."""

from __future__ import annotations

from app.repositories.providers import capabilities
from app.services.lanes.generation import AMBIENT, generate


def test_the_first_answer_leaves_what_the_model_takes(first, fleet, make_runtime):
    fleet.plan(1)
    generate(make_runtime(first.url).generation, AMBIENT)
    with fleet.sessions() as session:
        [found] = capabilities.list_all(session)
    assert (found.server.startswith(first.url), found.model, found.reason) == (True, "first", "")
    assert found.capabilities.answer_format == "json_schema_strict"
    assert found.capabilities.thinking == "none"
