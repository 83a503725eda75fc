"""A fleet in the middle of a conversation, for pages to show."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.bootstrap import Runtime
from app.domain.behaviour.trace import Step
from app.domain.traces.silence import silent_tick
from app.domain.utterance import FINAL, LEASED
from app.services import fleet
from app.services.fleet import FleetSpec, HoldingData, NewBot, NewChat, PersonaData, StanceData
from tests.browser.providers import set_providers
from tests.browser.script import CAST, SILENT, TALK, TRACE
from tests.web.fakes import FakeTelegram

BIRDS = -1001234500001
TRADE = -1001234500002


def set_scene(runtime: Runtime, telegram: FakeTelegram) -> None:
    """Six bots in two chats, half an hour of talk, and utterances in every state."""
    bots = tuple(_new_bot(telegram, number, *member) for number, member in enumerate(CAST))
    spec = FleetSpec(
        bots=bots,
        chats=(
            NewChat(BIRDS, "Bird & sky watchers", topics=("birds", "astronomy", "night trains"), enabled=True),
            NewChat(TRADE, "Slow money", topics=("index funds",), enabled=True),
            NewChat(-1001234500003, "Allotment 17"),
        ),
        memberships=(*((700001 + n, BIRDS) for n in range(6)), (700004, TRADE), (700001, TRADE)),
    )
    fleet.seed_fleet(runtime.sessions, telegram, runtime.vault, spec, runtime.clock, shards=64)
    now = dt.datetime.now(dt.UTC)
    with runtime.sessions.begin() as session:
        messages = _say(session, now)
        _plan(session, now, messages)
        _spend(session, now)
        _read_news(session, now)
        _override(session)
        _refuse(session, now)
    set_providers(runtime)
    for minute, step in enumerate(SILENT):
        tick = silent_tick(now - dt.timedelta(minutes=9 - minute), step.verdict, [Step("fleet_runs", "ok"), step])
        runtime.silence.note(1, tick)
    with runtime.sessions.begin() as session:
        session.execute(
            text("update bots set status = 'paused', status_reason = 'on holiday' where username = 'dov_bot'")
        )


def _refuse(session: Session, now: dt.datetime) -> None:
    """Places that refuse what bots send, and bots whose updates something keeps away."""
    rest = text(
        "insert into rests (chat_id, bot_id, thread_id, emoji, failures, rests, reason, failed_at, rests_until)"
        " values (1, :bot, :thread, :emoji, :failures, 2, :reason, :now, cast(:now as timestamptz) + interval '1 hour')"
    )
    closed = {"bot": 1, "thread": 17, "emoji": None, "failures": 3, "reason": "Bad Request: TOPIC_CLOSED"}
    refused = {"bot": None, "thread": -1, "emoji": "🔥", "failures": 1, "reason": "Bad Request: REACTION_INVALID"}
    session.execute(rest, [{**closed, "now": now}, {**refused, "now": now}])
    problem = text("insert into bot_problems (bot_id, kind, since, seen_at) values (:bot, :kind, :since, :now)")
    since = now - dt.timedelta(minutes=12)
    kinds = [(2, "other_poller"), (5, "webhook")]
    session.execute(problem, [{"bot": bot, "kind": kind, "since": since, "now": now} for bot, kind in kinds])


def _spend(session: Session, now: dt.datetime) -> None:
    """An hour of requests, two weeks of accounts, daily budgets at every step of saving, and a digest."""
    request = text(
        "insert into llm_requests (lane, provider, model, prompts, answered, tokens_in, tokens_out, tokens_cached,"
        " cost_micros, latency_ms, outcome, created_at, lease_until)"
        " select :lane, :provider, :model, 6, 6, 2900, 240, 1024, :micros, 1260, 'answered',"
        " cast(:now as timestamptz) - n * interval '90 seconds', now() from generate_series(:first, :last, -1) n"
    )
    mini = {"lane": "chat.ambient", "provider": "openai", "model": "gpt-4o-mini", "micros": 502}
    luna = {"lane": "chat.ambient.economy", "provider": "openai", "model": "gpt-6-luna", "micros": 318}
    session.execute(request, {**mini, "now": now, "first": 31, "last": 12})
    session.execute(request, {**luna, "now": now, "first": 11, "last": 1})
    accounts = [("fleet", 0, 7_640_000), ("chat", 1, 1_930_000), ("chat", 2, 410_000)]
    accounts += [("bot", 1, 480_000), ("bot", 2, 260_000), ("bot", 3, 510_000), ("bot", 5, 92_000)]
    rows = [(now.date(), *account) for account in accounts]
    rows += [(now.date() - dt.timedelta(days=age), "fleet", 0, (60 - 3 * age) * 110_000) for age in range(1, 14)]
    for row in rows:
        session.execute(
            text("insert into spending (day, scope, scope_id, micros) values (:day, :scope, :id, :micros)"),
            dict(zip(("day", "scope", "id", "micros"), row, strict=True)),
        )
    session.execute(
        text("update chats set daily_budget_usd = 2, digest = cast(:digest as jsonb), digested_at = :at where id = 1"),
        {
            "digest": json.dumps(
                {
                    "topics": ["storks", "meteor shower", "night trains"],
                    "mood": "cheerful",
                    "summary": "People compare early storks with the warm spring and plan to watch the Lyrids tonight.",
                }
            ),
            "at": now - dt.timedelta(minutes=9),
        },
    )
    session.execute(text("update bots set daily_budget_usd = 0.5 where id in (1, 3)"))


def _read_news(session: Session, now: dt.datetime) -> None:
    """Three feeds, of which one fails, and what they brought."""
    feeds = (
        ("https://birds.example/feed.xml", "The Bird Post", True, None, 0),
        ("https://markets.example/rss", "Slow Markets Weekly", False, None, 0),
        ("https://gardens.example/atom.xml", "", False, "gave no whole answer within 10 s", 3),
    )
    for number, (url, title, everywhere, failure, failures) in enumerate(feeds):
        session.execute(
            text(
                "insert into feeds (url, title, fleet_wide, failure, failures, checked_at, next_at) values"
                " (:url, :title, :everywhere, :failure, :failures, :at, :next)"
            ),
            {
                "url": url,
                "title": title,
                "everywhere": everywhere,
                "failure": failure,
                "failures": failures,
                "at": now - dt.timedelta(minutes=4 + number),
                "next": now + dt.timedelta(minutes=11),
            },
        )
    session.execute(text("insert into feed_chats (feed_id, chat_id) values (2, 2), (3, 1), (3, 3)"))
    titles = (
        (1, "Storks return to the old bridge five days early"),
        (1, "A night of meteors: where to look, and when the Moon gets in the way"),
        (2, "What a rise of a quarter point does to a thirty-year loan, in six small charts"),
        (1, "Ring recoveries of ten years, mapped"),
        (2, "Index funds had a quiet week"),
    )
    for number, (feed, title) in enumerate(titles):
        session.execute(
            text("insert into headlines (feed_id, guid, title, published_at) values (:feed, :guid, :title, :at)"),
            {"feed": feed, "guid": str(number), "title": title, "at": now - dt.timedelta(minutes=25 * (number + 1))},
        )


def _override(session: Session) -> None:
    for scope, key, value in (
        ("fleet", "cooldown_s", "30"),
        ("chat:1", "max_words", "25"),
        ("chat:1", "chat_gap_s", "20"),
        ("bot:1", "max_words", "12"),
    ):
        session.execute(
            text(
                "insert into settings (scope, key, value, updated_by)"
                " values (:scope, :key, cast(:value as jsonb), 'deniz')"
            ),
            {"scope": scope, "key": key, "value": value},
        )


def _new_bot(telegram: FakeTelegram, number: int, name: str, tone: str, *topics: str) -> NewBot:
    token = telegram.add_bot(
        700001 + number, f"{name.split(maxsplit=1)[0].lower()}_bot", name, privacy=name.startswith("Farid")
    )
    persona = PersonaData(
        tone=tone,
        style="One or two sentences. No emoji.",
        timezone="Europe/Istanbul",
        active=("07:30-23:00",),
        topics=topics,
        watchlist=("bridge",),
        never_do=("give medical advice", "promise returns"),
    )
    return NewBot(
        token,
        persona,
        (StanceData(topics[0], "worth an early alarm", Decimal("0.80")), StanceData("deadlines", "negotiable")),
        (HoldingData("VWCE", Decimal("12.5"), Decimal("118.4")), HoldingData("GOLD", Decimal("2"))),
    )


def _say(session: Session, now: dt.datetime) -> dict[int, int]:
    """The talk of the first chat, and a half hour of small talk in the second; returns message ids by place."""
    people = {}
    for number, name in enumerate(("Maya", "Jonas", "Sam")):
        people[name] = session.scalar(
            text("insert into people (telegram_user_id, display_name) values (:id, :name) returning id"),
            {"id": 9000 + number, "name": name},
        )
    ids: dict[int, int] = {}
    for place, (author, words, reply_to) in enumerate(TALK):
        at = now - dt.timedelta(seconds=75 * (len(TALK) - place))
        ids[place] = _message(session, 1, 100 + place, people.get(author), author, words, reply_to, at)
    roll = random.Random(7)
    for place in range(150):
        at = now - dt.timedelta(seconds=1800 * (1 - place / 150) + roll.uniform(0, 40))
        author: Any = roll.choice(("Maya", "Jonas", "Sam", 0, 3))
        _message(session, 2, 100 + place, people.get(author), author, "Small talk about index funds.", None, at)
    return ids


def _message(
    session: Session, chat: int, number: int, person: int | None, author: Any, words: str, reply_to: int | None, at: Any
) -> int:
    params = {
        "chat": chat,
        "number": number,
        "person": person,
        "bot": None if person else f"{CAST[author][0].split()[0].lower()}_bot",
        "text": words,
        "reply": None if reply_to is None else 100 + reply_to,
        "at": at,
        "telegram_id": BIRDS if chat == 1 else TRADE,
    }
    message_id = session.scalar(
        text(
            "insert into messages (chat_id, telegram_message_id, person_id, bot_id, text, reply_to_message_id, sent_at,"
            " created_at) select c.id, :number, cast(:person as bigint), b.id, :text, cast(:reply as bigint), :at, :at"
            " from chats c left join bots b on b.username = :bot where c.telegram_chat_id = :telegram_id returning id"
        ),
        params,
    )
    return int(message_id or 0)


def _plan(session: Session, now: dt.datetime, messages: dict[int, int]) -> None:
    plans = (
        ("ada_bot", "sent", None, TALK[1][1], messages[0], 540),
        ("elif_bot", "sent", None, TALK[4][1], None, 450),
        ("ceren_bot", "discarded", "superseded", None, messages[5], 390),
        ("dov_bot", "discarded", "unsafe_promises_profit", "This fund cannot lose, trust me.", None, 300),
        ("ceren_bot", "sent", None, TALK[8][1], messages[7], 260),
        ("farid_bot", "sent", None, TALK[10][1], messages[9], 110),
        ("dov_bot", "failed", "Forbidden: bot was kicked from the supergroup chat", "Fees first.", None, 95),
        ("bruno_bot", "generating", None, None, messages[9], 12),
        ("ada_bot", "ready", None, "Clear skies and a window seat. You planned this.", messages[11], 7),
    )
    for username, state, reason, words, target, age_s in plans:
        at = now - dt.timedelta(seconds=age_s)
        session.execute(
            text(
                "with u as (insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, target_message_id,"
                " topic, state, reason, text, available_at, planned_at, typing_at, send_at, finished_at, lease_until,"
                " telegram_message_id)"
                " select b.id, c.id, :at, :kind, 'interactive', 'main', cast(:target as bigint), :topic, :state,"
                " :reason, :text, :at, :at, :typing_at, :send_at, :finished_at, :lease_until, :message"
                " from bots b, chats c where b.username = :username and c.telegram_chat_id = :chat returning id)"
                " insert into tick_traces (utterance_id, engine, seed, decided_at, steps, chat_ids)"
                " select id, '0.1.0+scene', 7, :at, cast(:trace as jsonb), '{}' from u"
            ),
            {
                "at": at,
                "kind": "reply" if target else "topic",
                "target": target,
                "topic": None if target else "what the week brought",
                "state": state,
                "reason": reason,
                "text": words,
                "trace": json.dumps(TRACE),
                "typing_at": now - dt.timedelta(seconds=1) if words else None,
                "send_at": now + dt.timedelta(seconds=6) if words else None,
                "finished_at": at if state in FINAL else None,
                "lease_until": now + dt.timedelta(minutes=5) if state in LEASED else None,
                "message": 200 + age_s if state == "sent" else None,
                "username": username,
                "chat": BIRDS,
            },
        )
