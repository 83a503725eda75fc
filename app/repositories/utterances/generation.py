"""Claims of plans by the LLM lanes: leased, released, retried, rewritten, refused, or made ready with a text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.lanes.lane import ALONE, MAX_ATTEMPTS
from app.repositories.utterances.sql import write


class Moved(NamedTuple):
    """A plan's new state, the reason, and its number of failed attempts."""

    id: int
    state: str
    reason: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class RefusedDraft:
    """A plan whose draft was refused, the reason code (such as `duplicate`), and the draft, None when there is none."""

    utterance_id: int
    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ReadyDraft:
    """A text that may be sent: typing is shown from `typing_at`, and it is sent at `send_at`."""

    utterance_id: int
    text: str
    typing_at: dt.datetime
    send_at: dt.datetime


CLAIM = write(
    "claim",
    """
    with first as (
        select u.attempts, u.chat_id, c.shares_requests from utterances u join chats c on c.id = u.chat_id
        where u.state {old} and u.lane = any(:lanes) and u.available_at <= :now
        order by array_position(:lanes, u.lane), u.available_at, u.id limit 1
    ), chosen as (
        select u.id from first, utterances u join chats c on c.id = u.chat_id
        where u.state {old} and u.lane = any(:lanes) and u.available_at <= :now and u.attempts = first.attempts
          and case when first.shares_requests then c.shares_requests else u.chat_id = first.chat_id end
        order by array_position(:lanes, u.lane), u.available_at, u.id
        limit (select greatest(1, case attempts when 0 then :limit when 1 then :limit / 4 else 1 end) from first)
        for update of u skip locked
    )
    update utterances u set state = {new}, lease_until = :lease_until
    from chosen where u.id = chosen.id returning u.id
    """,
)

RELEASE = write(
    "release",
    "update utterances set lease_until = null, state = {new},"
    " available_at = coalesce(cast(:behind as timestamptz), available_at)"
    " where id = any(:ids) and state {old} returning id, state, reason, attempts",
)

COUNT_ATTEMPT = write(
    "retry give_up",
    """
    update utterances set lease_until = null, available_at = :now, attempts = greatest(attempts + 1, :least),
        state = case when attempts + 1 >= :most then {give_up} else {retry} end,
        reason = case when attempts + 1 >= :most then 'no_usable_answer' end,
        finished_at = case when attempts + 1 >= :most then cast(:now as timestamptz) end
    where id = any(:ids) and state {old} returning id, state, reason, attempts
    """,
)

RECOVER = write(
    "recover abandon",
    """
    update utterances set lease_until = null, available_at = :now, attempts = attempts + 1,
        state = case when attempts + 1 >= :most then {abandon} else {recover} end,
        reason = case when attempts + 1 >= :most then 'generation_interrupted' end,
        finished_at = case when attempts + 1 >= :most then cast(:now as timestamptz) end
    where state {old} and lease_until < :now returning id, state, reason, attempts
    """,
)

REWRITE = write(
    "rewrite",
    """
    update utterances u set state = {new}, rewrite_reason = d.reason, refused_text = d.text, available_at = :now,
        lease_until = null
    from unnest(cast(:ids as bigint[]), cast(:reasons as text[]), cast(:texts as text[])) as d(id, reason, text)
    where u.id = d.id and u.state {old} and u.rewrite_reason is null returning u.id
    """,
)

REFUSE = write(
    "refuse",
    """
    update utterances u set state = {new}, reason = d.reason, text = coalesce(d.text, u.text), finished_at = :now,
        lease_until = null
    from unnest(cast(:ids as bigint[]), cast(:reasons as text[]), cast(:texts as text[])) as d(id, reason, text)
    where u.id = d.id and u.state {old} returning u.id
    """,
)

MAKE_READY = write(
    "make_ready",
    """
    update utterances u set state = {new}, text = d.text, typing_at = d.typing_at, send_at = d.send_at,
        available_at = d.typing_at, lease_until = null
    from unnest(cast(:ids as bigint[]), cast(:texts as text[]), cast(:typing as timestamptz[]),
                cast(:sends as timestamptz[])) as d(id, text, typing_at, send_at)
    where u.id = d.id and u.state {old} returning u.id
    """,
)


def count_waiting(session: Session, lane: str, now: dt.datetime) -> int:
    """Counts the plans of a lane that wait to be claimed."""
    statement = "select count(*) from utterances where state = 'planned' and lane = :lane and available_at <= :now"
    return session.scalar(text(statement), {"lane": lane, "now": now}) or 0


def claim_planned(
    session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
) -> list[int]:
    """Leases up to `limit` plans of `lanes`, by the order of `lanes`, then the longest waiting first.

    Plans that failed before are batched apart from fresh ones: after one failure in batches of a quarter, then alone,
    so that one poisoned prompt cannot block its lane. A chat that does not share requests has batches of its own.
    """
    params = {"lanes": list(lanes), "now": now, "lease_until": lease_until, "limit": limit}
    return list(session.scalars(CLAIM, params))


def release(session: Session, ids: Collection[int], behind: dt.datetime | None = None) -> list[Moved]:
    """Returns claimed plans to their lane: to their old place, or `behind` all that were available by then."""
    return [Moved(*row) for row in session.execute(RELEASE, {"ids": list(ids), "behind": behind})]


def count_attempt(session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> list[Moved]:
    """Returns plans without a usable answer to the end of their lane, to retry in a smaller batch or `alone`.

    A plan that failed MAX_ATTEMPTS times is discarded.
    """
    least = ALONE if alone else 1
    params = {"ids": list(ids), "now": now, "least": least, "most": MAX_ATTEMPTS}
    return [Moved(*row) for row in session.execute(COUNT_ATTEMPT, params)]


def recover(session: Session, now: dt.datetime) -> list[Moved]:
    """Returns plans whose lease ran out to their lane, counting an attempt, or discards them after MAX_ATTEMPTS."""
    return [Moved(*row) for row in session.execute(RECOVER, {"now": now, "most": MAX_ATTEMPTS})]


def ask_again(session: Session, drafts: Sequence[RefusedDraft], now: dt.datetime) -> list[int]:
    """Returns plans whose drafts were refused to their lanes for one rewrite, with the reason; returns their ids.

    A plan that was rewritten before, or is not being generated any more, is left as it is.
    """
    return list(session.scalars(REWRITE, _columns(drafts, now)))


def refuse(session: Session, drafts: Sequence[RefusedDraft], now: dt.datetime) -> list[int]:
    """Ends plans whose drafts were refused, storing reason and draft; returns their ids."""
    return list(session.scalars(REFUSE, _columns(drafts, now)))


def make_ready(session: Session, drafts: Sequence[ReadyDraft]) -> list[int]:
    """Moves texts into the outbox; returns their ids. A plan that was ended meanwhile is left as it is."""
    params = {
        "ids": [draft.utterance_id for draft in drafts],
        "texts": [draft.text for draft in drafts],
        "typing": [draft.typing_at for draft in drafts],
        "sends": [draft.send_at for draft in drafts],
    }
    return list(session.scalars(MAKE_READY, params))


def _columns(drafts: Sequence[RefusedDraft], now: dt.datetime) -> dict[str, object]:
    return {
        "ids": [draft.utterance_id for draft in drafts],
        "reasons": [draft.reason for draft in drafts],
        "texts": [draft.text for draft in drafts],
        "now": now,
    }
