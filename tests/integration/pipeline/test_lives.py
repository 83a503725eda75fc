"""The life of every utterance is told, a line a step, whatever becomes of it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.adapters.vault import FernetVault
from app.domain.errors import Forbidden, NotConnected, OutcomeUnknown, RetryAfter
from app.domain.lanes.lane import MAX_ATTEMPTS
from app.logs.vocabulary import KEYS
from app.models import LLMRequest, Mention, Utterance
from app.services.delivery import deliver
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from app.services.schedule.sweeping import sweep
from app.services.schedule.tick import run_tick
from app.services.utterances import unknown_sends
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, make_utterance
from tests.integration.pipeline.group import GRACE, make_group
from tests.provider_fakes import answer_texts

PAST = NOW - dt.timedelta(seconds=1)


@pytest.fixture
def lines():
    """Every line that is told, with what is bound."""
    with capture_logs(processors=[merge_contextvars]) as logs:
        yield logs
    unknown = {key for line in logs for key in line} - KEYS.keys() - {"event", "log_level", "exc_info"}
    assert unknown == set()


def life(lines, utterance_id):
    """The steps of one utterance: the event of each line at INFO or above, with its reason where it has one."""
    own = [line for line in lines if line.get("utterance") == utterance_id and line["log_level"] != "debug"]
    return [f"{line['event']}:{line['reason']}" if line.get("reason") else line["event"] for line in own]


def told(lines, event):
    """The keys of the one line of an event."""
    [line] = [line for line in lines if line["event"] == event]
    return line


def send_all(pipeline):
    """Delivers until everything that may leave has left."""
    for _ in range(4):
        pipeline.clock.pass_seconds(20)
        deliver(pipeline.delivery)


def test_from_a_mention_to_its_answer_every_step_is_told_with_what_it_is_about(pipeline, bot, chat, lines):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, text="Ada, what now?"))
    run_tick(pipeline.tick, bot.id, NOW, mention.id)
    generate(pipeline.generation, INTERACTIVE)
    send_all(pipeline)
    [utterance] = fetch(pipeline.sessions, select(Utterance))
    [request] = fetch(pipeline.sessions, select(LLMRequest))
    assert life(lines, utterance.id) == ["planned", "generating", "ready", "sending", "sent"]
    planned, generating, sent = (told(lines, event) for event in ("planned", "generating", "sent"))
    assert [planned[key] for key in ("bot", "chat", "kind", "mention", "lane")] == [
        *(bot.id, chat.id, "reply", fetch(pipeline.sessions, select(Mention.id))[0], INTERACTIVE)
    ]
    assert (generating["request"], generating["lane"]) == (request.id, INTERACTIVE)
    assert (sent["message"], sent["bot"], sent["chat"]) == (utterance.telegram_message_id, bot.id, chat.id)


def test_typing_is_told_to_who_debugs(pipeline, bot, chat, lines):
    later = NOW + dt.timedelta(seconds=9)
    utterance = make_utterance(pipeline.sessions, bot, chat, send_at=later)
    deliver(pipeline.delivery)
    assert (told(lines, "typing")["utterance"], told(lines, "typing")["log_level"]) == (utterance.id, "debug")


def test_each_of_a_batch_has_a_line_of_its_own(pipeline, lines):
    made = []
    for number in range(3):
        one = make_bot(pipeline.sessions, f"Bot{number}")
        made.append(make_utterance(pipeline.sessions, one, make_chat(pipeline.sessions, one), "planned"))
    generate(pipeline.generation, AMBIENT)
    assert [life(lines, one.id) for one in made] == [["generating", "ready"]] * 3


def test_a_refused_draft_is_told_with_its_reason_and_so_is_its_end(pipeline, bot, chat, lines):
    plan = make_utterance(pipeline.sessions, bot, chat, "planned")
    pipeline.llm.answer = lambda items: json.dumps(
        {"items": [{"id": item["id"], "text": "Buy now: https://evil.example/x"} for item in items]}
    )
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    steps = life(lines, plan.id)
    assert [step.partition(":")[0] for step in steps] == ["generating", "rewritten", "generating", "discarded"]
    assert steps[1].partition(":")[2] == steps[3].partition(":")[2] != ""


def test_a_plan_without_an_answer_is_told_each_time_until_it_is_given_up(pipeline, bot, chat, lines):
    plan = make_utterance(pipeline.sessions, bot, chat, "planned")
    answered = answer_texts(lambda asked: None if asked == plan.id else "Fine weather today.")
    pipeline.llm.answer = answered
    for number in range(MAX_ATTEMPTS):
        other = make_bot(pipeline.sessions, f"Other{number}")
        make_utterance(pipeline.sessions, other, make_chat(pipeline.sessions, other), "planned")
        for _ in range(2):
            pipeline.clock.pass_seconds(60)
            generate(pipeline.generation, AMBIENT)
    again = ["generating", "planned:no_usable_answer"] * (MAX_ATTEMPTS - 1)
    assert life(lines, plan.id) == [*again, "generating", "discarded:no_usable_answer"]


@pytest.mark.parametrize(
    ("error", "steps"),
    [
        (NotConnected("away"), ["sending", "ready:NotConnected", "sending", "sent"]),
        (RetryAfter(3.0), ["sending", "slowed_down", "ready:RetryAfter", "sending", "sent"]),
        (Forbidden("kicked"), ["sending", "failed:Forbidden"]),
        (OutcomeUnknown("no answer"), ["sending", "unknown:OutcomeUnknown"]),
    ],
)
def test_what_telegram_made_of_a_send_is_told(pipeline, bot, chat, lines, error, steps):
    utterance = make_utterance(pipeline.sessions, bot, chat)
    pipeline.telegram.errors = [error]
    send_all(pipeline)
    assert life(lines, utterance.id) == steps


def test_what_the_sweeper_finds_is_told_of_each_one(pipeline, chat, lines):
    bots = [make_bot(pipeline.sessions, f"Bot{number}") for number in range(3)]
    chats = [make_chat(pipeline.sessions, one) for one in bots]
    old = NOW - dt.timedelta(hours=1)
    sending = make_utterance(pipeline.sessions, bots[0], chats[0], "sending", lease_until=PAST)
    lost = make_utterance(pipeline.sessions, bots[1], chats[1], "generating", lease_until=PAST)
    stale = make_utterance(pipeline.sessions, bots[2], chats[2], "ready", planned_at=old)
    sweep(pipeline.sweeping)
    assert life(lines, sending.id) == ["unknown:worker_lost_while_sending"]
    assert life(lines, lost.id) == ["planned:generation_interrupted"]
    assert life(lines, stale.id) == ["discarded:stale"]


def test_an_unasked_text_that_gives_way_to_an_answer_is_told(pipeline, bot, chat, lines):
    ambient = make_utterance(pipeline.sessions, bot, chat, "planned")
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, text="Ada?"))
    run_tick(pipeline.tick, bot.id, NOW, mention.id)
    assert life(lines, ambient.id) == ["discarded:superseded"]


@pytest.mark.parametrize(("word", "reason"), [("mute", "muted"), ("forgetme", "forgotten")])
def test_answers_that_a_command_takes_back_are_told_and_so_is_its_own_answer(pipeline, lines, word, reason):
    group = make_group(pipeline)
    group.say("Ada, what now?", GRACE)
    [mention] = fetch(pipeline.sessions, select(Mention))
    run_tick(pipeline.tick, mention.bot_id, NOW, mention.id)
    [plan] = fetch(pipeline.sessions, select(Utterance))
    group.say(f"/{word}", GRACE)
    [answer] = fetch(pipeline.sessions, select(Utterance).where(Utterance.kind == "command"))
    group.read()
    assert life(lines, plan.id) == ["planned", f"discarded:{reason}"]
    assert life(lines, answer.id) == ["ready", "sending", "sent"]


def test_what_an_operator_decides_is_told_with_who_it_was(pipeline, bot, chat, lines):
    first = make_utterance(pipeline.sessions, bot, chat, "unknown")
    unknown_sends.dismiss(pipeline.sessions, first.id, "ada")
    line = told(lines, "unknown_send_dismissed")
    assert (line["utterance"], line["username"], line["state"]) == (first.id, "ada", "failed")


def test_a_bot_whose_token_nobody_can_open_ends_its_text_with_that_reason(pipeline, bot, chat, lines):
    utterance = make_utterance(pipeline.sessions, bot, chat)
    deliver(replace(pipeline.delivery, vault=FernetVault(Fernet.generate_key().decode())))
    assert life(lines, utterance.id) == ["discarded:token_unreadable", "token_unreadable"]


def test_a_reaction_needs_no_model(pipeline, bot, chat, lines):
    said = make_message(pipeline.sessions, chat, text="Rates fell!")
    reaction = {"kind": "reaction", "emoji": "👍", "text": None, "topic": None, "target_message_id": said.id}
    utterance = make_utterance(pipeline.sessions, bot, chat, **reaction)
    send_all(pipeline)
    assert life(lines, utterance.id) == ["sending", "sent"]
