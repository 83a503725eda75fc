"""The migrations build what the models say, from nothing, and take it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from app.cli.migration import alembic_config, current_revision, newest_revision, upgrade_to_head
from app.db import create_db_engine
from app.models import Base

PREFIXES = {"p": "pk", "f": "fk", "u": "uq", "c": "ck"}


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = create_db_engine(empty_database_url)
    yield engine
    engine.dispose()


def tables(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


def test_an_empty_database_is_brought_to_the_newest_revision(empty: Engine) -> None:
    assert upgrade_to_head(empty) == newest_revision()
    with empty.connect() as connection:
        assert current_revision(connection) == newest_revision()
        assert tables(connection) == sorted(["alembic_version", *Base.metadata.tables])


def test_upgrading_again_changes_nothing(empty: Engine) -> None:
    assert upgrade_to_head(empty) == upgrade_to_head(empty)


def test_the_migrated_schema_and_the_models_do_not_differ(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_checks_and_partial_indexes_say_what_the_models_say(engine: Engine, empty: Engine) -> None:
    Base.metadata.create_all(empty)
    with engine.connect() as migrated, empty.connect() as modelled:
        assert definitions(migrated) == definitions(modelled)


def definitions(connection: Connection) -> dict[str, str]:
    """Every check and every index by its name, in Postgres' own words."""
    rows = connection.execute(
        text("""
            select conname, pg_get_constraintdef(c.oid) from pg_constraint c join pg_class t on t.oid = c.conrelid
            where t.relnamespace = 'public'::regnamespace and t.relname <> 'alembic_version' and contype = 'c'
            union all select indexname, indexdef from pg_indexes
            where schemaname = 'public' and tablename <> 'alembic_version'
        """)
    )
    return dict(tuple(row) for row in rows)


def test_the_way_down_leaves_no_table_no_sequence_and_no_type(empty: Engine) -> None:
    upgrade_to_head(empty)
    with empty.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
    with empty.connect() as connection:
        left = connection.scalars(
            text("""
                select relname from pg_class where relnamespace = 'public'::regnamespace
                    and relname not like 'alembic_version%'
                union all select typname from pg_type where typnamespace = 'public'::regnamespace
                    and typname not like '%alembic_version'
            """)
        ).all()
        assert left == []
    assert upgrade_to_head(empty) == newest_revision()


def test_every_foreign_key_has_an_index(engine: Engine) -> None:
    missing = []
    with engine.connect() as connection:
        look = inspect(connection)
        for table in tables(connection):
            leading = {index["column_names"][0] for index in look.get_indexes(table) if _is_full(index)}
            leading |= {unique["column_names"][0] for unique in look.get_unique_constraints(table)}
            leading |= set(look.get_pk_constraint(table)["constrained_columns"][:1])
            columns = [key["constrained_columns"][0] for key in look.get_foreign_keys(table)]
            missing += [(table, column) for column in columns if column not in leading]
    assert missing == []


def test_every_constraint_and_index_follows_the_naming_convention(engine: Engine) -> None:
    with engine.connect() as connection:
        constraints = connection.execute(
            text("""
                select c.conname, c.contype::text, t.relname from pg_constraint c join pg_class t on t.oid = c.conrelid
                where t.relnamespace = 'public'::regnamespace and t.relname <> 'alembic_version' and c.contype <> 'n'
            """)
        ).all()
        look = inspect(connection)
        indexes = [
            (index["name"], table)
            for table in tables(connection)
            for index in look.get_indexes(table)
            if "duplicates_constraint" not in index
        ]
    odd = [name for name, kind, table in constraints if not name.startswith(f"{PREFIXES[kind]}_{table}")]
    odd += [name for name, table in indexes if not str(name).startswith((f"ix_{table}", f"uq_{table}"))]
    assert odd == []


def test_every_instant_is_stored_with_its_time_zone(engine: Engine) -> None:
    with engine.connect() as connection:
        naive = connection.execute(
            text("""
                select table_name, column_name from information_schema.columns
                where table_schema = 'public' and data_type = 'timestamp without time zone'
            """)
        ).all()
    assert naive == []


def _is_full(index: ReflectedIndex) -> bool:
    """Whether it helps to find the rows of a deleted parent: an expression has no leading column.

    A partial index does only where it leaves out nothing but rows without a parent.
    """
    [leading, *_] = index["column_names"]
    condition = index.get("dialect_options", {}).get("postgresql_where")
    return leading is not None and condition in {None, f"({leading} IS NOT NULL)"}


def test_the_pipelines_heartbeat_moves_out_of_the_settings_and_back(empty: Engine) -> None:
    last = "2026-11-22 12:00:00+00"
    with empty.connect() as connection:
        command.upgrade(alembic_config(connection), "0008")
        rows = "insert into settings (scope, key, value, updated_at) values ('pipeline', 'looked', 'true', :at)"
        connection.execute(text(rows), {"at": last})
        connection.execute(text("insert into settings (key, value) values ('max_words', '12')"))
        connection.commit()
        command.upgrade(alembic_config(connection), "0012")
        beats = connection.execute(text("select name, beat_at::text from heartbeats")).all()
        assert [tuple(beat) for beat in beats] == [("pipeline", last)]
        assert list(connection.scalars(text("select key from settings"))) == ["max_words"]
        connection.commit()
        command.downgrade(alembic_config(connection), "0008")
        looked = "select updated_at::text from settings where scope = 'pipeline' and key = 'looked'"
        assert connection.scalar(text(looked)) == last


def test_the_active_hours_of_a_persona_become_its_first_window_and_come_back_on_the_way_down(empty: Engine) -> None:
    with empty.connect() as connection:
        command.upgrade(alembic_config(connection), "0003")
        connection.execute(
            text(
                "insert into bots (telegram_user_id, username, display_name, token_encrypted)"
                " values (1, 'a', 'A', ''), (2, 'b', 'B', '')"
            )
        )
        connection.execute(
            text(
                "insert into personas (bot_id, tone, active_from, active_to)"
                " select id, 'dry', '22:30'::time, case username when 'a' then '02:00'::time else '22:30'::time end"
                " from bots"
            )
        )
        connection.commit()
        command.upgrade(alembic_config(connection), "0007")
        active = text("select active from personas order by bot_id")
        assert list(connection.scalars(active)) == [["22:30-02:00"], []]
        connection.commit()
        command.downgrade(alembic_config(connection), "0003")
        hours = connection.execute(text("select active_from::text, active_to::text from personas order by bot_id"))
        assert [tuple(row) for row in hours] == [("22:30:00", "02:00:00"), ("00:00:00", "00:00:00")]


def test_utterances_that_a_hand_left_odd_get_what_their_state_must_have(empty: Engine) -> None:
    odd = {"sent": "topic", "generating": "topic", "discarded": "topic", "ready": "command", "failed": "reaction"}
    with empty.connect() as connection:
        command.upgrade(alembic_config(connection), "0008")
        connection.execute(
            text(
                "insert into bots (telegram_user_id, username, display_name, token_encrypted) values (1, 'a', 'A', '')"
            )
        )
        connection.execute(text("insert into chats (telegram_chat_id, title) values (-1001000000001, 'C')"))
        for number, (state, kind) in enumerate(odd.items()):
            connection.execute(
                text("""
                    insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, available_at, state,
                                            finished_at)
                    select b.id, c.id, now() + make_interval(secs => :number), :kind, 'interactive', 'main', now(),
                           :state, case when :state = 'ready' then now() end from bots b, chats c
                """),
                {"number": number, "state": state, "kind": kind},
            )
        connection.commit()
        command.upgrade(alembic_config(connection), "0009")
        found = connection.execute(
            text("select state, finished_at is not null, lease_until is not null from utterances order by due_at")
        )
        assert [tuple(row) for row in found] == [
            ("unknown", True, False),
            ("generating", False, True),
            ("discarded", True, False),
            ("ready", False, False),
            ("failed", True, False),
        ]


def test_names_from_before_the_upgrade_are_folded_and_follow_every_later_write(empty: Engine) -> None:
    with empty.connect() as connection:
        command.upgrade(alembic_config(connection), "0013")
        bots = "insert into bots (telegram_user_id, username, display_name, token_encrypted) values (1, 'a', :n, '')"
        connection.execute(text(bots), {"n": "Işık  O’Hara"})
        connection.execute(text("insert into chats (telegram_chat_id, title) values (-1001000000001, 'ÇAY')"))
        connection.commit()
        command.upgrade(alembic_config(connection), "head")
        assert connection.scalar(text("select folded_name from bots")) == "isik o'hara"
        connection.execute(text("update chats set title = title || ' Evi'"))
        assert connection.scalar(text("select folded_title from chats")) == "cay evi"
        connection.commit()
        command.downgrade(alembic_config(connection), "0013")
        assert connection.scalar(text("select count(*) from pg_proc where proname = 'fold_name'")) == 0


def test_updates_that_were_worked_in_before_the_upgrade_lose_their_payloads_too(empty: Engine) -> None:
    with empty.connect() as connection:
        command.upgrade(alembic_config(connection), "0008")
        connection.execute(
            text(
                "insert into bots (telegram_user_id, username, display_name, token_encrypted) values (1, 'a', 'A', '')"
            )
        )
        connection.execute(
            text("""
                insert into inbox_updates (bot_id, update_id, payload, done_at, outcome)
                select b.id, n, '{"message": {"text": "words"}}', case when n < 3 then now() end, outcome
                from bots b, (values (1, 'message'), (2, 'failed'), (3, null)) as v(n, outcome)
            """)
        )
        connection.commit()
        command.upgrade(alembic_config(connection), "0011")
        words = {"message": {"text": "words"}}
        payloads = connection.scalars(text("select payload from inbox_updates order by update_id")).all()
        assert payloads == [{"update_id": 1}, words, words]
