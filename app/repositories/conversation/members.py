"""Members of chats and the fleet's latest texts, for the checks of drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.analysis.letters import fold_name
from app.domain.postprocess.chat_members import ChatMembers
from app.repositories.utterances.sql import read

FLEET_TEXTS = 300
OWN_TEXTS = 20
WRITERS = 500
"""Latest messages of a chat whose authors count as its members."""

PRESENT = text("""
    select c.id as chat_id, coalesce(p.display_name, '') as name, p.username,
           exists (select 1 from mutes x
                    where x.chat_id = c.id and x.person_id = p.id and x.bot_id is null) as muted
    from unnest(cast(:chat_ids as bigint[])) as c(id) cross join lateral (
        select m.person_id, max(m.id) as last_id from (
            select id, person_id from messages where chat_id = c.id order by sent_at desc limit :writers) m
        where m.person_id is not null group by m.person_id) w
    join people p on p.id = w.person_id and not p.muted and w.last_id > coalesce(p.forgotten_message_id, 0)
    union all
    select s.chat_id, b.display_name, b.username, false
    from memberships s join bots b on b.id = s.bot_id
    where s.chat_id = any(:chat_ids) and s.status in ('active', 'muted')
""")

# `between` as in app/repositories/utterances/prompts.py.
SAID = read("""
    (select u.text from utterances u
      where u.planned_at > :since and u.state {VOICED} and u.text is not null
      order by u.planned_at desc limit :fleet)
    union
    (select o.text from unnest(cast(:bot_ids as bigint[])) as b(id) cross join lateral (
        select u.text from utterances u
         where u.bot_id between b.id and b.id and u.state {VOICED} and u.text is not null
         order by u.bot_id, u.planned_at desc limit :own) o)
""")


def read_chat_members(session: Session, chat_ids: Collection[int]) -> dict[int, ChatMembers]:
    """Returns the recent authors and the bots of each chat, by chat id.

    Muted are those who muted all bots there. Messages of people who muted one bot are left out of its prompts anyway.
    """
    names: dict[int, set[str]] = {chat_id: set() for chat_id in chat_ids}
    handles: dict[int, set[str]] = {chat_id: set() for chat_id in chat_ids}
    muted_names: dict[int, set[str]] = {chat_id: set() for chat_id in chat_ids}
    muted_handles: dict[int, set[str]] = {chat_id: set() for chat_id in chat_ids}
    for row in session.execute(PRESENT, {"chat_ids": list(chat_ids), "writers": WRITERS}):
        if row.muted:
            muted_names[row.chat_id].add(row.name)
        else:
            names[row.chat_id].add(fold_name(row.name))
        if row.username:
            (muted_handles if row.muted else handles)[row.chat_id].add(row.username.lower())
    return {
        chat_id: ChatMembers(*map(frozenset, (kind[chat_id] for kind in (names, handles, muted_names, muted_handles))))
        for chat_id in chat_ids
    }


def said_lately(session: Session, bot_ids: Collection[int], since: dt.datetime) -> list[str]:
    """Returns the fleet's last 300 texts since `since`, sent or about to be sent, and the last 20 of each bot."""
    params = {"bot_ids": list(bot_ids), "since": since, "fleet": FLEET_TEXTS, "own": OWN_TEXTS}
    return list(session.scalars(SAID, params))
