"""Accounts: the first admin, passwords, and the end of sessions."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from app.db import SessionFactory
from app.domain.errors import InvalidInput
from app.services.access import users

GOOD = "quiet harbour 7 lanterns"


def test_the_first_admin_gets_a_one_time_password_once(sessions: SessionFactory) -> None:
    password = users.ensure_first_admin(sessions)

    assert password
    assert users.ensure_first_admin(sessions) is None
    account = users.authenticate(sessions, "admin", password)
    assert account
    assert account.must_change_password
    assert account.role == "admin"


def test_two_first_runs_differ_in_their_password(sessions: SessionFactory) -> None:
    first = users.ensure_first_admin(sessions)
    with sessions.begin() as session:
        session.execute(text("delete from users"))

    assert users.ensure_first_admin(sessions) != first


def test_a_wrong_password_an_unknown_name_and_a_disabled_user_look_alike(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)
    users.create_user(sessions, "gone", password=GOOD)
    users.set_user_active(sessions, "gone", active=False)

    assert users.authenticate(sessions, "deniz", GOOD + "!") is None
    assert users.authenticate(sessions, "nobody", GOOD) is None
    assert users.authenticate(sessions, "gone", GOOD) is None
    assert users.authenticate(sessions, " Deniz ", GOOD)


def test_a_name_signs_in_in_any_spelling_and_its_password_in_one(sessions: SessionFactory) -> None:
    users.create_user(sessions, "ipek", password=GOOD)
    users.create_user(sessions, "Işık", password=GOOD + "!")
    for typed in ("ipek", "İPEK", "IPEK", "ıpek", "I\u0307pek "):
        account = users.authenticate(sessions, typed, GOOD)
        assert account is not None, typed
        assert account.username == "ipek", typed
        with pytest.raises(InvalidInput, match="ipek exists already; choose another name"):
            users.create_user(sessions, typed, password=GOOD)
    assert users.authenticate(sessions, "İPEK", GOOD.upper()) is None
    assert [account.username for account in users.list_users(sessions)] == ["ipek", "isik"]
    users.set_user_active(sessions, "İpek", active=False)
    assert users.reset_password(sessions, "IŞIK")


def test_accounts_that_a_hand_made_alike_do_not_sign_in_as_each_other(sessions: SessionFactory) -> None:
    users.create_user(sessions, "zoe", password=GOOD)
    with sessions.begin() as session:
        hand = {"name": "Zoë", "hash": PasswordHasher().hash(GOOD + "!")}
        session.execute(text("insert into users (username, password_hash, role) values (:name, :hash, 'viewer')"), hand)
    assert users.authenticate(sessions, "Zoë", GOOD) is None
    assert users.authenticate(sessions, "ZOË", GOOD + "!") is None
    for typed, password, name in (("Zoë", GOOD + "!", "Zoë"), ("zoë", GOOD, "zoe"), ("ZOE", GOOD, "zoe")):
        account = users.authenticate(sessions, typed, password)
        assert account is not None, typed
        assert account.username == name


def test_no_password_is_stored_in_clear_or_cheaply(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)

    with sessions() as session:
        stored = session.scalar(text("select password_hash from users"))
    assert stored.startswith("$argon2id$")
    assert not PasswordHasher().check_needs_rehash(stored)


@pytest.mark.parametrize(
    ("password", "wanted"),
    [
        ("short", "at least 10"),
        ("password123", "guessed first"),
        ("PassWord1234", "guessed first"),
        ("zzzzzzzzzzzz", "guessed first"),
        ("deniz.yilmaz1", "user name"),
        ("x" * 1025, "at most 1024"),
    ],
)
def test_a_weak_password_is_refused_and_the_field_named(sessions: SessionFactory, password: str, wanted: str) -> None:
    with pytest.raises(InvalidInput, match=wanted) as caught:
        users.create_user(sessions, "deniz.yilmaz", password=password)

    assert caught.value.field == "password"


def test_a_password_of_64_characters_works(sessions: SessionFactory) -> None:
    long = "correct horse " * 4 + "battery!"
    assert len(long) == 64
    users.create_user(sessions, "deniz", password=long)

    assert users.authenticate(sessions, "deniz", long)
    assert users.authenticate(sessions, "deniz", long[:-1]) is None


def test_changing_the_password_ends_other_sessions(sessions: SessionFactory) -> None:
    one_time = users.create_user(sessions, "deniz") or ""
    before = users.authenticate(sessions, "deniz", one_time)
    assert before

    after = users.change_password(sessions, before.id, one_time, GOOD)

    assert not after.must_change_password
    assert users.find_user(sessions, before.id, before.session_epoch) is None
    assert users.find_user(sessions, after.id, after.session_epoch)


def test_changing_the_password_needs_the_current_one(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)
    account = users.authenticate(sessions, "deniz", GOOD)
    assert account

    with pytest.raises(InvalidInput) as caught:
        users.change_password(sessions, account.id, "not this one", GOOD + " more")
    assert caught.value.field == "current_password"


def test_disabling_a_user_ends_every_session_at_once(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)
    account = users.authenticate(sessions, "deniz", GOOD)
    assert account

    users.set_user_active(sessions, "deniz", active=False)

    assert users.find_user(sessions, account.id, account.session_epoch) is None


def test_a_reset_password_works_once_and_must_be_changed(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)

    fresh = users.reset_password(sessions, "deniz")

    assert users.authenticate(sessions, "deniz", GOOD) is None
    account = users.authenticate(sessions, "deniz", fresh)
    assert account
    assert account.must_change_password


def test_a_hash_of_older_parameters_is_renewed_at_sign_in(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)
    old = PasswordHasher(time_cost=1, memory_cost=8192).hash(GOOD)
    with sessions.begin() as session:
        session.execute(text("update users set password_hash = :old"), {"old": old})

    assert users.authenticate(sessions, "deniz", GOOD)

    with sessions() as session:
        assert session.scalar(text("select password_hash from users")) != old
    assert users.authenticate(sessions, "deniz", GOOD)


@pytest.mark.parametrize(
    ("username", "role", "field"),
    [("", "admin", "username"), ("A B", "admin", "username"), ("deniz", "king", "role")],
)
def test_a_user_that_cannot_be_is_refused(sessions: SessionFactory, username: str, role: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        users.create_user(sessions, username, role)
    assert caught.value.field == field


def test_a_name_is_taken_once(sessions: SessionFactory) -> None:
    users.create_user(sessions, "deniz", password=GOOD)

    with pytest.raises(InvalidInput, match="exists already"):
        users.create_user(sessions, "Deniz", password=GOOD)
    assert [account.username for account in users.list_users(sessions)] == ["deniz"]
