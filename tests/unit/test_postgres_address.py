"""The address of Postgres, as operators, libpq and SQLAlchemy write it."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import parse_dsn

from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import ConfigError
from app.logs.redaction import clean
from app.postgres.address import read_address

BOTH = "postgresql://u:p@h1:5432,h2:5433/db"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("postgresql://u:p@db/x", "postgresql://u:p@db/x"),
        ("postgres://u:p@db/x", "postgresql://u:p@db/x"),
        ("postgresql+psycopg2://u:p@db:5432/x", "postgresql://u:p@db:5432/x"),
        ("postgresql://127.0.0.1:9/x", "postgresql://127.0.0.1:9/x"),
        ("postgresql://u:a/b?c@db/x", "postgresql://u:a%2Fb%3Fc@db/x"),
        ("postgresql://me@azure:p@db/x", "postgresql://me%40azure:p@db/x"),
        ("postgresql://db/x?user=u&password=p", "postgresql://u:p@db/x"),
        ("postgresql:///x?host=/run/postgresql", "postgresql://%2Frun%2Fpostgresql/x"),
        ("postgresql:///x?host=/run/postgresql&port=5433", "postgresql://%2Frun%2Fpostgresql:5433/x"),
        ("postgresql://u:p@[::1]:5432,[fe80::2]/x", "postgresql://u:p@[::1]:5432,[fe80::2]/x"),
        (BOTH, BOTH),
        ("postgresql://u:p@/db?host=h1:5432&host=h2:5433", BOTH),
        ("postgresql://u:p@/db?host=h1,h2&port=5432,5433", BOTH),
        ("postgresql://u:p@h1,h2/db?port=6000", "postgresql://u:p@h1:6000,h2:6000/db"),
        ("postgresql://u:p@pg_1,pg_2/db?sslmode=require", "postgresql://u:p@pg_1,pg_2/db?sslmode=require"),
        ("postgresql://", "postgresql://"),
        ("postgresql://?service=fleet", "postgresql:///?service=fleet"),
    ],
)
def test_every_spelling_becomes_the_one_that_libpq_reads(written: str, read: str) -> None:
    assert read_address(written).url == read
    assert read_address(read).url == read
    told = {name: value for name, value in parse_dsn(read).items() if value.strip(",")}
    assert read_address(written).parameters == told


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("mysql://u:s3cret-pw@db/x", "must look like"),
        ("s3cret-pw", "must look like"),
        ("postgresql://u:s3cret-pw@h1,,h2/x", "empty host"),
        ("postgresql://u:s3cret-pw@h1:5432:5433/x", "a host that cannot be read"),
        ("postgresql://u:s3cret-pw@h1:x/x", "a host that cannot be read"),
        ("postgresql://u:s3cret-pw@h1:70000,h2/x", "no number from 1 to 65535"),
        ("postgresql://u:s3cret-pw@h1,h2,h3/x?port=1,2", "3 hosts and 2 ports"),
        ("postgresql://u:s3cret-pw@db/x?sslmod=require", "libpq does not know: sslmod"),
        ("postgresql://u:s3cret-pw@db/x?target_session_attrs=standby", "read-write, primary or any"),
        ("postgresql://u:s3cret-pw@db/x?target_session_attrs=prefer-standby", "read-write, primary or any"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch, written: str, words: str
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", Fernet.generate_key().decode())
    with pytest.raises(ConfigError) as raised:
        Settings.from_env(database_url=written, broker_url="redis://b", cache_url="redis://c", secret_key="k" * 40)
    [problem] = raised.value.problems
    assert problem.startswith("DATABASE_URL: ")
    assert words in problem
    assert "s3cret-pw" not in problem
    with pytest.raises(ValueError, match=words.partition(":")[0]):
        create_db_engine(written)


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://u:correct-horse@h1:5432,h2:5433/db",
        "postgresql://u@/db?host=h1:5432&host=h2:5433&password=correct-horse",
        "postgresql://u@h/db?sslpassword=correct-horse",
    ],
)
def test_its_password_is_hidden_wherever_it_stands(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", Fernet.generate_key().decode())
    settings = Settings.from_env(
        database_url=written, broker_url="redis://b", cache_url="redis://c", secret_key="k" * 40
    )
    assert "correct-horse" in settings.secrets
    assert "correct-horse" not in read_address(written).place
    assert "correct-horse" not in clean(written)


@given(*(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1) for _ in range(3)))
def test_any_user_password_and_database_survive_being_written(user: str, password: str, database: str) -> None:
    address = read_address("postgresql://h1:5432,h2/x?user=u&password=p&dbname=d")
    made = type(address)(address.hosts, user, password, database, {})
    assert read_address(made.url) == made
    assert parse_dsn(made.url) == made.parameters
