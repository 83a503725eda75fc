"""What the bench of retention makes of a run."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from bench.retention import Pruning
from bench.statements import Statements


@pytest.mark.parametrize(
    ("into", "works"),
    [(1.5, None), (9.9, None), (10.5, None), (11.5, False), (14.9, False), (15.5, None), (16.5, True), (95.0, None)],
)
def test_questions_are_told_apart_by_whether_the_deletion_worked_or_rested(into: float, works: bool | None) -> None:
    statements = Statements(create_engine("sqlite://"))
    assert Pruning(None, statements, began=1000.0, ended=1090.0).works_at(1000.0 + into) is works  # type: ignore[arg-type]


def test_every_statement_is_timed_and_one_that_fails_too() -> None:
    engine = create_engine("sqlite://")
    statements = Statements(engine)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        with pytest.raises(Exception, match="no such table"):
            connection.execute(text("select * from missing"))
    assert len(statements.took) == 2
    assert all(0 <= took < 1 for took in statements.took)
