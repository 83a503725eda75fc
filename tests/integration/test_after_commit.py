"""What waits for a commit is told after it, in order, and not at all when the transaction is rolled back."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.after_commit import after_commit
from app.db import create_session_factory


@pytest.fixture
def sessions(engine: Engine):
    return create_session_factory(engine)


def test_it_is_told_once_after_the_commit_in_the_order_of_the_calls(sessions):
    told: list[str] = []
    with sessions.begin() as session:
        session.execute(text("select 1"))
        after_commit(session, told.append, "first")
        with session.begin_nested():
            after_commit(session, told.append, "second")
        after_commit(session, told.append, "third")
        assert told == []
    assert told == ["first", "second", "third"]
    with sessions.begin() as session:
        session.execute(text("select 1"))
    assert len(told) == 3


def test_nothing_is_told_of_what_was_rolled_back(sessions):
    told: list[str] = []
    with sessions() as session:
        after_commit(session, told.append, "undone")
        session.rollback()
        after_commit(session, told.append, "done")
        session.commit()
    assert told == ["done"]


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_along(sessions):
    told: list[str] = []
    with sessions.begin() as session:
        after_commit(session, told.append, "outer")
        savepoint = session.begin_nested()
        with session.begin_nested():
            after_commit(session, told.append, "inner")
        savepoint.rollback()
        with session.begin_nested():
            after_commit(session, told.append, "kept")
    assert told == ["outer", "kept"]


def doubtful(session, told):
    after_commit(session, told.append, "undone")
    session.execute(text("select 1 / 0"))


def test_an_error_in_the_transaction_tells_nothing(sessions):
    told: list[str] = []
    with pytest.raises(DBAPIError), sessions.begin() as session:
        doubtful(session, told)
    assert told == []
