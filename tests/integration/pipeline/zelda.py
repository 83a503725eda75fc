"""Zelda, who wants to be forgotten, and everything that a group knows of her."""

from __future__ import annotations

from sqlalchemy import Text, cast, column, func, literal_column, or_, select, table, text

from app.models import Insight, LLMJob, Message
from app.services.ingest.inbox import ingest, store_updates
from app.services.people.forgetting import forget
from tests.builders import NOW, add, fetch, make_chat, make_utterance
from tests.integration.pipeline.group import HENRY, make_group

WORDS = "xylophone"
ZELDA = {"id": 777, "first_name": "Zelda", "last_name": "Quux", "username": "zelda_q"}
PLANTED = (WORDS, "zelda", "quux")

TYPES = ("text", "ARRAY", "jsonb", "character varying")


def find_planted(pipeline):
    """Where one of the planted words stands in the database, as (table, column)."""
    places = table("columns", column("table_schema"), column("data_type"), schema="information_schema")
    with pipeline.sessions() as session:
        columns = session.execute(
            select(literal_column("table_name"), literal_column("column_name"))
            .select_from(places)
            .where(places.c.table_schema == "public", places.c.data_type.in_(TYPES))
        ).all()
        return sorted((name, field) for name, field in columns if session.scalar(_holds_planted(name, field)))


def _holds_planted(name, field):
    words = cast(column(field), Text)
    planted = or_(*(words.icontains(word) for word in PLANTED))
    return select(func.count()).select_from(table(name)).where(planted)


def make_known(pipeline):
    """A group that knows a lot of Zelda."""
    group = make_group(pipeline)
    sessions, ada = pipeline.sessions, group.bots[0]
    number = group.say(f"Ada, my {WORDS} is back, $AAPL", ZELDA)
    [said] = fetch(sessions, select(Message).where(Message.telegram_message_id == number))
    quoted = {"message_id": number, "from": ZELDA, "text": said.text}
    group.say("so what", HENRY, reply_to_message=quoted)
    for bot, state in zip(group.bots, ("sent", "planned", "unknown"), strict=True):
        make_utterance(
            sessions, bot, group.chat, state=state, target_message_id=said.id, text=f"A {WORDS}, Zelda Quux?"
        )
    make_utterance(sessions, ada, group.chat, state="sent", text="Good morning, @zelda_q!")
    place = {"chat_id": group.chat.id, "bot_id": ada.id, "sent_at": NOW}
    add(
        sessions,
        Message(telegram_message_id=801, text=f"A {WORDS}?", reply_to_message_id=number, **place),
        Message(telegram_message_id=802, text="Welcome, Zelda Quux.", **place),
        Insight(
            message_id=said.id, chat_id=group.chat.id, topic=WORDS, stance="for", sentiment=0.5, summary="Zelda Quux"
        ),
        LLMJob(
            family="digest", lane="x", chat_id=group.chat.id, state="done", available_at=NOW, answer={"topics": [WORDS]}
        ),
    )
    with sessions.begin() as session:
        session.execute(
            text("update chats set digest = jsonb_build_object('summary', cast(:words as text))"), {"words": WORDS}
        )
    basic = {"message_id": 5, "chat": {"id": -5, "type": "group"}, "from": ZELDA, "text": WORDS}
    store_updates(pipeline.ingest, ada.id, [{"update_id": 900, "message": basic}])
    elsewhere = make_chat(sessions, *group.bots, title="Elsewhere")
    group.say(f"here too: {WORDS}", ZELDA, chat=elsewhere)
    return group


def work_off(pipeline):
    """What beat does within the next seconds: the copies of the other bots end, and the request is worked off."""
    pipeline.clock.pass_seconds(10)
    ingest(pipeline.ingest)
    forget(pipeline.forgetting)
