"""The writers of Postgres against the pure table: each alone from each state, and two sessions in any interleaving."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.db import SessionFactory, create_session_factory
from app.domain.utterance import BY_NAME, COUNTING, OPEN, WORDLESS, State
from tests.builders import NOW, make_utterance
from tests.integration.pipeline.writers import BIRTHS, LAST_ATTEMPT, WRITERS, Row, World, Writer, read_rows
from tests.servers import wait_until

WHO = st.integers(0, 1)
OVER = (State.SENT, State.DISCARDED, State.FAILED)
SEARCH = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure is told as it was found: to shrink it takes minutes of Postgres."""

LOCK_NOT_AVAILABLE = "55P03"
REVIVALS = {"resend", "unpark_plan", "unpark_send"}
"""Writers that make an ended utterance open again: a unique index may refuse it."""

END_BY_HAND = text("update utterances set state = 'discarded', reason = 'meanwhile', finished_at = :now where id = :id")
EMPTY = text("delete from utterances")
FRESH = text("""
    with spoken as (delete from messages where bot_id is not null) update mentions set status = 'pending', reason = null
""")


@pytest.fixture
def sessions(committed_db: Engine) -> SessionFactory:
    return create_session_factory(committed_db)


def test_every_transition_of_the_table_has_its_writer_here():
    assert {name for writer in WRITERS for name in writer.names} | {"plan", "react", "answer"} == set(BY_NAME)


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: f"{writer.names[0]}")
def test_a_writer_changes_what_the_table_says_and_nothing_from_another_state(sessions, writer):
    world = World.build(sessions)
    for state in State:
        for attempts in {0, LAST_ATTEMPT} if len(writer.names) > 1 else {0}:
            row = put_for(writer, sessions, world, state, attempts)
            with sessions.begin() as session:
                writer.call(session, world, row)
                found = read_rows(session)[row.id].state
            assert found == writer.expected(row), f"{writer.names} from {state}"


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: f"{writer.names[0]}")
def test_a_writer_that_had_to_wait_looks_again_and_leaves_what_has_ended_meanwhile(sessions, committed_db, writer):
    world = World.build(sessions)
    row = put_for(writer, sessions, world, BY_NAME[writer.names[0]].before[0], 0)
    with sessions() as first, sessions() as second, ThreadPoolExecutor(1) as pool:
        first.execute(END_BY_HAND, {"id": row.id, "now": NOW})
        pid = second.scalar(text("select pg_backend_pid()"))
        waiting = pool.submit(writer.call, second, world, row)
        wait_until(lambda: waiting.done() or is_waiting(committed_db, pid), within_s=10, what="the writer to wait")
        first.commit()
        waiting.result(10)
        second.commit()
        found = first.execute(text("select state, reason from utterances where id = :id"), {"id": row.id}).one()
        assert tuple(found) == ("discarded", "meanwhile")


def is_waiting(engine: Engine, pid: int) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("select cardinality(pg_blocking_pids(:pid)) > 0"), {"pid": pid}))


def put_for(writer: Writer, sessions: SessionFactory, world: World, state: State, attempts: int) -> Row:
    """The only utterance, in `state`, of a kind that the writer is called on."""
    for kind in ("reply", "reaction"):
        with sessions.begin() as session:
            session.execute(EMPTY)
        made = put(sessions, world, world.bots[0], 0, state, kind, attempts)
        with sessions() as session:
            row = read_rows(session)[made]
        if writer.suits(row):
            return row
    raise AssertionError(f"{writer.names} suits no kind of {state}")


def put(sessions: SessionFactory, world: World, bot: Any, said: int, state: State, kind: str, attempts: int = 0) -> int:
    """An utterance of `bot` in `state`, about a message of the world; its id."""
    target = world.messages[said]
    chat = next(chat for chat in world.chats if chat.id == target.chat_id)
    return make_utterance(
        sessions,
        bot,
        chat,
        state,
        kind=kind,
        emoji="👍" if kind == "reaction" else None,
        text=None if kind == "reaction" or state in WORDLESS else f"Words {next(world.numbers)}",
        target_message_id=None if kind == "topic" else target.id,
        attempts=attempts,
        reason="parked" if state is State.FAILED else None,
        due_at=world.instant(),
    ).id


class Life(RuleBasedStateMachine):
    """Two open transactions on one Postgres, and the states that each must see by the table.

    A row that one session changed is locked until it ends: the other's writer then does nothing, told by a lock
    timeout that stands for a worker that waits.
    """

    def __init__(self, engine: Engine, world: World, caused: Counter[str]) -> None:
        super().__init__()
        self.engine, self.world, self.caused = engine, world, caused
        self.sessions = [Session(engine), Session(engine)]
        self.committed: dict[int, State] = {}
        self.changed: list[dict[int, State]] = [{}, {}]

    @initialize(states=st.tuples(*[st.sampled_from(State)] * 2), kind=st.sampled_from(["reply", "topic", "reaction"]))
    def begin(self, states: tuple[State, State], kind: str) -> None:
        """One utterance of each bot, committed, each in a chat of its own; nothing else."""
        with self.engine.begin() as connection:
            connection.execute(EMPTY)
            connection.execute(FRESH)
        for number, state in enumerate(states):
            put(create_session_factory(self.engine), self.world, self.bot(number), 2 * number, state, kind)
        with Session(self.engine) as session:
            self.committed = {row.id: row.state for row in read_rows(session).values()}

    @rule(who=WHO, act=st.integers(0, 9), pick=st.integers(0, 9), to=st.integers(0, 9), by=st.integers(0, 99))
    def step(self, who: int, act: int, pick: int, to: int, by: int) -> None:
        """A birth, a writer that the table forbids as well as not, or, mostly, one that goes on from where a row is."""
        seen = sorted(self.seen(who))
        if act == 0 or not seen:
            self.bear(who, pick % 2, to % 4, by)
        elif act == 1:
            self.write(who, seen[pick % len(seen)], WRITERS, by)
        else:
            self.go_on(who, pick, to, by)

    @rule(who=WHO, keeps=st.integers(0, 4))
    def end(self, who: int, keeps: int) -> None:
        if keeps:
            self.sessions[who].commit()
            self.committed |= self.changed[who]
        else:
            self.sessions[who].rollback()
        self.changed[who] = {}
        with Session(self.engine) as session:
            rows = read_rows(session)
        assert {row.id: row.state for row in rows.values()} == self.committed
        check_referees(list(rows.values()))

    def teardown(self) -> None:
        for session in self.sessions:
            session.close()

    def bot(self, number: int) -> Any:
        return self.world.bots[number]

    def seen(self, who: int) -> dict[int, State]:
        """The states as a session must see them: what was committed, and what it changed itself."""
        return {**self.committed, **self.changed[who]}

    def bear(self, who: int, bot: int, said: int, shape: int) -> None:
        name = BIRTHS[shape % len(BIRTHS)]
        transition = {"reaction": "react", "command": "answer"}.get(name, "plan")
        self.observe(
            who, (transition,), lambda session: self.world.bear(session, self.bot(bot), self.world.messages[said], name)
        )

    def go_on(self, who: int, pick: int, to: int, by: int) -> None:
        """To a state that the table allows from that of the picked row, by a writer that leads there."""
        alive = {row_id: state for row_id, state in self.seen(who).items() if state not in OVER}
        if not alive:
            self.bear(who, pick % 2, to % 4, by)
            return
        row_id = sorted(alive)[pick % len(alive)]
        ways = [one for one in WRITERS if alive[row_id] in BY_NAME[one.names[0]].before]
        ends = sorted({BY_NAME[one.names[0]].after for one in ways})
        self.write(who, row_id, [one for one in ways if BY_NAME[one.names[0]].after == ends[to % len(ends)]], by)

    def write(self, who: int, row_id: int, writers: Sequence[Writer], by: int) -> None:
        row, writer = read_rows(self.sessions[who])[row_id], writers[by % len(writers)]
        if writer.suits(row):
            expected = writer.expected(row) if writer.alone else None
            self.observe(who, writer.names, lambda session: writer.call(session, self.world, row), row_id, expected)

    def observe(
        self,
        who: int,
        names: tuple[str, ...],
        call: Callable[[Session], object],
        row_id: int | None = None,
        expected: State | None = None,
    ) -> None:
        """Calls a writer, and holds every row that changed against the table."""
        before, session = self.seen(who), self.sessions[who]
        session.execute(text("set local lock_timeout = '3ms'"))
        happened = attempt(session, call, may_clash=bool(REVIVALS & set(names)))
        after = {row.id: row.state for row in read_rows(session).values()}
        moves = {(before.get(one), after[one]) for one in after if after[one] != before.get(one)}
        allowed = {(old, BY_NAME[name].after): name for name in names for old in BY_NAME[name].before or (None,)}
        assert before.keys() <= after.keys()
        assert moves <= allowed.keys(), f"{names} did {moves - allowed.keys()}"
        if not happened:
            assert not moves
        elif expected is not None and row_id is not None:
            assert after[row_id] == expected, f"{names} left {before[row_id]} as {after[row_id]}"
        self.changed[who] |= {one: state for one, state in after.items() if state != before.get(one)}
        self.caused.update(allowed[move] for move in moves)


def attempt(session: Session, call: Callable[[Session], object], may_clash: bool) -> bool:
    """Whether a call came through: not when it had to wait, or clashed with another row where it may."""
    try:
        with session.begin_nested():
            call(session)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    except IntegrityError:
        if not may_clash:
            raise
        return False
    return True


def check_referees(rows: list[Row]) -> None:
    """One open utterance a bot, one open unasked one a chat, one that counts a mention."""
    is_open = [row for row in rows if row.state in OPEN]
    turns = Counter(row.bot_id for row in is_open if row.kind != "command")
    floors = Counter(row.chat_id for row in is_open if row.urgency == "ambient")
    answered = Counter(row.mention_id for row in rows if row.state in COUNTING and row.mention_id)
    assert max([*turns.values(), *floors.values(), *answered.values()], default=1) == 1


def test_no_interleaving_of_two_sessions_leaves_the_table(committed_db):
    world = World.build(create_session_factory(committed_db))
    caused: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: Life(committed_db, world, caused),
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            phases=SEARCH,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(caused) > len(BY_NAME) / 3, f"too little of the table was reached: {caused}"
