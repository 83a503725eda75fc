"""What was left hanging, found by its due time or its lease."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session


def recover_generating(session: Session, now: dt.datetime) -> int:
    """Plans whose generating worker died go back to the lane, counted as an attempt."""
    return _count(
        session,
        """
        update utterances set lease_until = null, available_at = :now, attempts = attempts + 1,
            state = case when attempts + 1 >= 3 then 'discarded' else 'planned' end,
            reason = case when attempts + 1 >= 3 then 'generation_interrupted' end,
            finished_at = case when attempts + 1 >= 3 then cast(:now as timestamptz) end
        where state = 'generating' and lease_until < :now returning id
        """,
        now=now,
    )


def settle_sending(session: Session, now: dt.datetime) -> int:
    """Sends whose worker died become `unknown`: they may have been delivered and are never repeated by themselves."""
    return _count(
        session,
        """
        update utterances set state = 'unknown', reason = 'worker_lost_while_sending', finished_at = :now,
            lease_until = null
        where state = 'sending' and lease_until < :now returning id
        """,
        now=now,
    )


def abandon_requests(session: Session, now: dt.datetime) -> int:
    """Ledger rows whose worker died are closed as `abandoned`."""
    return _count(
        session,
        "update llm_requests set outcome = 'abandoned' where outcome = 'in_flight' and lease_until < :now returning id",
        now=now,
    )


def drop_stale(session: Session, now: dt.datetime, ambient_s: float, mention_s: float) -> int:
    """Discards what has waited too long to be worth saying: unasked after `ambient_s`, answers after `mention_s`."""
    return _count(
        session,
        """
        update utterances set state = 'discarded', reason = 'stale', finished_at = :now, lease_until = null
        where state in ('planned', 'ready') and (lease_until is null or lease_until < :now)
          and planned_at < cast(:now as timestamptz)
              - make_interval(secs => case urgency when 'ambient' then :ambient else :mention end)
        returning id
        """,
        now=now,
        ambient=ambient_s,
        mention=mention_s,
    )


def prune(session: Session, now: dt.datetime, inbox_days: int, history_days: int) -> int:
    """Deletes finished inbox rows, and ledger, utterances and messages past their retention; returns how many."""
    inbox_before = now - dt.timedelta(days=inbox_days)
    history_before = now - dt.timedelta(days=history_days)
    deleted = _count(session, "delete from inbox_updates where done_at < :before returning id", before=inbox_before)
    deleted += _count(
        session, "delete from llm_requests where created_at < :before returning id", before=history_before
    )
    deleted += _count(
        session,
        "delete from utterances where finished_at < :before and state <> 'unknown' returning id",
        before=history_before,
    )
    return deleted + _count(
        session, "delete from messages where created_at < :before returning id", before=history_before
    )


def _count(session: Session, statement: str, **params: object) -> int:
    return len(session.execute(text(statement), params).all())
