"""Signing in, guessing, and the end of sessions. The numbers name lines of the security checklist."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis
from flask import Flask

from app.bootstrap import Runtime, build_runtime
from app.config import Settings
from app.services.access import users
from app.web import create_app
from app.web.access.sessions import ABSOLUTE_LIMIT_S, IDLE_LIMIT_S
from drills.redis_faults import SETTINGS, refusing
from tests.web.conftest import PASSWORD, Browser
from tests.web.fakes import FakeTelegram


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_the_right_password_leads_to_the_page_that_was_asked_for(
    browser: Browser, make_operator: Callable[..., None]
) -> None:
    make_operator()
    asked = browser.get("/bots/?status=paused")
    assert asked.location == "/sign-in?next=/bots/?status%3Dpaused"

    answer = browser.submit(asked.location, username="Deniz ", password=PASSWORD)

    assert answer.status_code == 302
    assert answer.location == "/bots/?status=paused"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_sign_in_leads_to_no_other_site(browser: Browser, make_operator: Callable[..., None], target: str) -> None:
    make_operator()

    answer = browser.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"csrf_token": browser.token(), "username": "deniz", "password": PASSWORD},
    )

    assert answer.location == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(
    browser: Browser, make_operator: Callable[..., None]
) -> None:
    make_operator()

    wrong, unknown = browser.sign_in(password="not this one"), browser.sign_in(username="nobody")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    for answer in (wrong, unknown):
        assert "User name and password do not match" in answer.text
    assert not is_signed_in(browser)


def test_5_the_eleventh_guess_is_refused_before_it_is_looked_at(
    browser: Browser, make_operator: Callable[..., None]
) -> None:
    make_operator()
    for _ in range(10):
        assert browser.sign_in(password="guess").status_code == 401

    answer = browser.sign_in()

    assert answer.status_code == 429
    assert "Too many attempts" in answer.text
    assert answer.headers["Retry-After"]


def test_guesses_at_one_name_count_together_however_it_is_spelt(app: Flask) -> None:
    for number, typed in enumerate(("ipek", "İPEK", "ıpek", "IPEK", "i\u0307pek") * 2):
        browser = Browser(app.test_client())
        browser.client.environ_base["REMOTE_ADDR"] = f"10.9.9.{number}"
        assert browser.sign_in(username=typed, password="guess").status_code == 401
    assert browser.sign_in(username="ÍPEK", password="guess").status_code == 429


def test_5_a_user_is_not_locked_out_by_a_guesser_elsewhere(
    app: Flask, browser: Browser, make_operator: Callable[..., None]
) -> None:
    make_operator()
    assert browser.sign_in().status_code == 302
    browser.client.delete_cookie("chorus")
    guesser = Browser(app.test_client())
    guesser.client.environ_base["REMOTE_ADDR"] = "10.9.9.9"
    for _ in range(10):
        guesser.sign_in(password="guess")

    assert guesser.sign_in().status_code == 429
    assert browser.sign_in().status_code == 302


def test_21_a_forged_forwarded_address_does_not_dodge_the_limit(
    browser: Browser, make_operator: Callable[..., None]
) -> None:
    make_operator()
    for number in range(11):
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        answer = browser.sign_in(username=f"user{number}", password="guess")

    assert answer.status_code == 429


def test_6_nobody_signs_in_while_attempts_cannot_be_counted(
    settings: Settings, runtime: Runtime, make_operator: Callable[..., None]
) -> None:
    make_operator()
    away = build_runtime(settings.model_copy(update={"cache_url": "redis://127.0.0.1:9/0"}))
    away.telegram = FakeTelegram()  # type: ignore[assignment]
    browser = Browser(create_app(away).test_client())

    answer = browser.sign_in()

    assert answer.status_code == 503
    assert "Redis does not answer" in answer.text
    assert "127.0.0.1:9" not in answer.text
    away.engine.dispose()


@pytest.mark.parametrize("kind", SETTINGS)
def test_6_nobody_signs_in_while_the_cache_refuses_writes(
    browser: Browser, make_operator: Callable[..., None], cache: redis.Redis, kind: str
) -> None:
    make_operator()
    with refusing(cache, kind):
        answer = browser.sign_in()

    assert answer.status_code == 503
    assert "takes no writes" in answer.text
    assert browser.sign_in().status_code < 400


def test_9_signing_in_starts_a_new_session(browser: Browser, make_operator: Callable[..., None]) -> None:
    make_operator()
    before = browser.token()

    browser.sign_in()

    with browser.client.session_transaction() as session:
        first = session["sid"]
    assert browser.token("/password") != before
    browser.client.delete_cookie("chorus")
    browser.sign_in()
    with browser.client.session_transaction() as session:
        assert session["sid"] != first


@pytest.mark.parametrize(("key", "limit"), [("seen", IDLE_LIMIT_S), ("born", ABSOLUTE_LIMIT_S)])
def test_10_a_session_ends_after_its_limit(operator: Browser, key: str, limit: int) -> None:
    with operator.client.session_transaction() as session:
        session[key] = int(time.time()) - limit + 60
    assert is_signed_in(operator)

    with operator.client.session_transaction() as session:
        session[key] = int(time.time()) - limit - 1

    assert not is_signed_in(operator)


def test_10_an_open_page_that_refreshes_itself_is_no_use_of_the_session(operator: Browser) -> None:
    old = int(time.time()) - 3600
    with operator.client.session_transaction() as session:
        session["seen"] = old

    operator.get("/events/counters")
    operator.get("/dashboard/fragment")

    with operator.client.session_transaction() as session:
        assert session["seen"] == old
    operator.get("/")
    with operator.client.session_transaction() as session:
        assert session["seen"] > old


def test_11_a_cookie_replayed_after_sign_out_is_refused(app: Flask, operator: Browser) -> None:
    cookie = operator.client.get_cookie("chorus")
    assert cookie

    assert operator.submit("/sign-out", form="/").status_code == 302

    thief = app.test_client()
    thief.set_cookie("chorus", cookie.value)
    assert thief.get("/").status_code == 302


def test_12_disabling_a_user_ends_the_session_at_once(operator: Browser, runtime: Runtime) -> None:
    users.set_user_active(runtime.sessions, "deniz", active=False)

    assert not is_signed_in(operator)


def test_a_one_time_password_opens_nothing_but_its_own_change(browser: Browser, runtime: Runtime) -> None:
    one_time = users.ensure_first_admin(runtime.sessions)
    assert browser.sign_in("admin", one_time or "").status_code == 302

    assert browser.get("/bots/").location == "/password"
    assert browser.get("/api/v1/bots").status_code == 403
    answer = browser.submit("/password", current_password=one_time, new_password=PASSWORD, repeated=PASSWORD)

    assert answer.location == "/"
    assert is_signed_in(browser)


def test_changing_the_password_signs_other_browsers_out(app: Flask, operator: Browser) -> None:
    other = Browser(app.test_client())
    other.sign_in()
    fresh = "another seven lanterns"

    operator.submit("/password", current_password=PASSWORD, new_password=fresh, repeated=fresh)

    assert is_signed_in(operator)
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    ("current", "new", "repeated", "wanted"),
    [
        ("wrong", "another seven lanterns", "another seven lanterns", "is not your current password"),
        (PASSWORD, "short", "short", "at least 10 characters"),
        (PASSWORD, "password1234", "password1234", "guessed first"),
        (PASSWORD, "another seven lanterns", "another six lanterns", "differ"),
    ],
)
def test_a_new_password_that_cannot_be_says_why(
    operator: Browser, current: str, new: str, repeated: str, wanted: str
) -> None:
    answer = operator.submit("/password", current_password=current, new_password=new, repeated=repeated)

    assert wanted in answer.text
    assert new not in answer.text


def test_15_behind_https_the_cookie_is_bound_to_host_and_transport(
    settings: Settings, runtime: Runtime, make_operator: Callable[..., None]
) -> None:
    make_operator()
    runtime.settings = settings.model_copy(update={"public_url": "https://chorus.example", "trusted_proxies": 1})
    browser = Browser(create_app(runtime).test_client())
    browser.client.environ_base.update(HTTP_X_FORWARDED_PROTO="https", HTTP_REFERER="https://localhost/sign-in")

    answer = browser.sign_in()

    cookies = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-chorus=")]
    assert answer.status_code == 302
    assert len(cookies) == 1
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookies[0]
    assert answer.headers["Strict-Transport-Security"]


def test_over_plain_http_the_cookie_comes_back(operator: Browser) -> None:
    assert is_signed_in(operator)


def test_the_http_door_of_an_https_admin_points_to_the_right_one(settings: Settings, runtime: Runtime) -> None:
    runtime.settings = settings.model_copy(update={"public_url": "https://chorus.example"})

    page = create_app(runtime).test_client().get("/sign-in")

    assert 'href="https://chorus.example"' in page.text
