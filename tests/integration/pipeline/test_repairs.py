"""Answers that are not as they were asked for: what is certain is said and counted, what is not is asked for again."""

from __future__ import annotations

import json

from prometheus_client import REGISTRY

from app.services.lanes.generation import AMBIENT, generate
from tests.builders import make_bot, make_chat, make_utterance, refetch


def repairs():
    """How often each kind of repair was counted."""
    counted = {}
    for family in REGISTRY.collect():
        for sample in family.samples:
            if sample.name == "chorus_llm_repairs_total":
                counted[sample.labels["kind"]] = counted.get(sample.labels["kind"], 0) + sample.value
    return counted


def make_plan(pipeline):
    bot = make_bot(pipeline.sessions)
    return make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned")


def test_an_answer_behind_reasoning_and_a_fence_is_said_and_what_was_done_to_it_is_counted(pipeline):
    plan, before = make_plan(pipeline), repairs()
    said = json.dumps([{"id": str(plan.id), "text": "Rates look calm."}])
    draft = said.replace("Rates", "Drafts")
    pipeline.llm.answer = lambda items: f"<think>maybe {draft}</think>\n```json\n{said}\n```"
    generate(pipeline.generation, AMBIENT)
    done = refetch(pipeline.sessions, plan)
    assert (done.state, done.text) == ("ready", "Rates look calm.")
    more = {kind: count - before.get(kind, 0) for kind, count in repairs().items()}
    assert {kind: count for kind, count in more.items() if count} == {"think_block": 1, "fence": 1, "list": 1}


def test_of_an_answer_that_was_cut_off_the_whole_items_are_said(pipeline):
    plans = sorted([make_plan(pipeline), make_plan(pipeline)], key=lambda plan: plan.id)
    pipeline.llm.answer = lambda items: (
        f'{{"items":[{{"id":"{plans[0].id}","text":"Rates look calm."}},{{"id":"{plans[1].id}","text":"Gold lo'
    )
    generate(pipeline.generation, AMBIENT)
    assert [refetch(pipeline.sessions, plan).state for plan in plans] == ["ready", "planned"]


def test_a_refusal_is_asked_for_anew_with_its_reason(pipeline):
    plan = make_plan(pipeline)
    refused = json.dumps({"items": [{"id": str(plan.id), "text": "I'm sorry, but I can't assist with that."}]})
    pipeline.llm.answer = lambda items: refused
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).rewrite_reason == "refusal"
