from __future__ import annotations

import json
import logging
import re
import warnings

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from app.logs import PROCESS_NAME, QUIET, bind, bound, clean, clear, configure_logging, context_of
from app.logs.redaction import MARK, PATTERNS, clean_lines, hide
from app.logs.rendering import MARGIN, name_process

TOKEN = "7654321098:AAH9xyzABCdefGHIjklMNOpqrSTUvwxYZ12"
KEY, PASSWORD = "sk-planted-0123456789abcdef", "planted-pass-phrase"
FORGED = "x\n2026-01-01 [info] forged\r\nline\u2028more"
HEAD = ["timestamp", "level", "process", "event"]
URL = "postgresql://chorus:hush-hush@db:5432/chorus"


@pytest.fixture
def lines(capsys):
    """Configures logging anew over the captured stderr; afterwards everything is as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    quiet = {name: logging.getLogger(name).level for name in QUIET}
    warn = warnings.showwarning

    def read(style, speak):
        configure_logging("INFO", style, [PASSWORD], process="web")
        speak()
        return capsys.readouterr().err.splitlines()

    yield read
    hide(())
    name_process(None)
    warnings.showwarning = warn
    root.handlers[:], level, config = before
    root.setLevel(level)
    structlog.configure(**config)
    for name, old in quiet.items():
        logging.getLogger(name).setLevel(old)


def log_all_ways():
    """The same secrets by every way into a log."""
    ours = structlog.get_logger("test")
    theirs = logging.getLogger("some.library")
    ours.info("called", url=f"https://api.telegram.org/bot{TOKEN}/getMe", dsn=URL)
    ours.warning(f"calling {TOKEN} over {URL}")
    theirs.warning("POST /bot%s/sendMessage to %s", TOKEN, URL)
    for speaker in (ours, theirs):
        try:
            raise RuntimeError(f"no route\nto {URL} for {TOKEN}")
        except RuntimeError:
            speaker.exception("failed")


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_token_and_no_password_reaches_a_log_line_by_any_way(lines, style):
    text = "\n".join(lines(style, log_all_ways))
    assert text.count("RuntimeError: no route") == 2
    assert "AAH9xyz" not in text
    assert "hush" not in text
    assert "postgresql://chorus:***@db:5432/chorus" in text


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_line_break_from_outside_forges_no_second_line(lines, style):
    def speak():
        structlog.get_logger("test").info("said", text="hi\n2026-01-01 [info] forged\r\nline", name="a\rb")
        logging.getLogger("some.library").warning("title: %s", "x\ny")

    assert len(lines(style, speak)) == 2


@pytest.mark.parametrize("style", ["console", "json"])
def test_an_exceptions_text_forges_no_line_either(lines, style):
    def speak():
        for speaker in (structlog.get_logger("test"), logging.getLogger("some.library")):
            try:
                raise RuntimeError(FORGED)
            except RuntimeError:
                speaker.exception("failed")

    told = lines(style, speak)
    assert len([line for line in told if not line.startswith(MARGIN)]) == 2
    assert not any("\r" in line or "\u2028" in line for line in told)
    assert any("forged" in line for line in told)


def test_a_traceback_is_told_whole_behind_a_margin(lines):
    def speak():
        try:
            raise RuntimeError("first")
        except RuntimeError as cause:
            try:
                raise ValueError("second") from cause
            except ValueError:
                structlog.get_logger("test").exception("failed", utterance=5)

    head, *rest = lines("console", speak)
    assert head.endswith("error web failed utterance=5")
    assert all(line.startswith(MARGIN) for line in rest)
    text = "\n".join(line.removeprefix(MARGIN) for line in rest)
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ValueError: second")
    assert "RuntimeError: first" in text
    assert "direct cause" in text


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_planted_secret_is_in_a_traceback_neither_of_its_text_nor_of_its_locals(lines, style):
    def speak():
        planted, phrase = [TOKEN, KEY, URL], {"password": PASSWORD}
        for speaker in (structlog.get_logger("test"), logging.getLogger("some.library")):
            try:
                try:
                    raise KeyError(f"no {planted[1]} in password={phrase['password']}")
                except KeyError as cause:
                    raise RuntimeError(planted, phrase, f"row\n{planted}") from cause
            except RuntimeError:
                speaker.exception("failed")

    text = "\n".join(lines(style, speak))
    assert text.count("RuntimeError") >= 2
    assert text.count("KeyError") >= 2
    assert not any(secret in text for secret in (TOKEN, KEY, PASSWORD, "hush-hush"))


def test_the_rows_that_postgres_quotes_are_left_out():
    told = "(CheckViolation) no\nDETAIL:  Failing row contains (7, what\n\nGrace) said).\n\n[SQL: update x]"
    assert clean_lines(told) == "(CheckViolation) no\nDETAIL:  ***\n\n[SQL: update x]"


@pytest.mark.parametrize("style", ["console", "json"])
def test_lines_of_ours_and_of_libraries_have_one_form(lines, style):
    def speak():
        structlog.get_logger("test").info("sent", message=7, utterance=5, reason="two words", zebra=1)
        logging.getLogger("some.library").warning("It said %s", "so")

    ours, theirs = lines(style, speak)
    if style == "console":
        when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
        assert re.fullmatch(rf'{when} info web sent utterance=5 message=7 reason="two words" zebra=1', ours)
        assert re.fullmatch(rf'{when} warning web some.library message="It said so"', theirs)
    else:
        assert list(json.loads(ours)) == [*HEAD, "utterance", "message", "reason", "zebra"]
        assert list(json.loads(theirs)) == [*HEAD, "message"]
        assert json.loads(theirs)["event"] == "some.library"


def test_the_supervisors_name_of_a_process_comes_before_its_own(lines, monkeypatch):
    monkeypatch.setenv(PROCESS_NAME, "worker-io0")
    [line] = lines("console", lambda: structlog.get_logger("test").info("sent"))
    assert " worker-io0 sent" in line


def test_what_is_bound_is_in_every_line_and_gone_afterwards(lines):
    def speak():
        ours, theirs = structlog.get_logger("test"), logging.getLogger("some.library")
        with bound(task="chorus.tick", bot=3):
            ours.info("first")
            theirs.info("second")
            with bound(bot=4, mention=9):
                ours.info("third")
        ours.info("fourth")

    first, second, third, fourth = lines("console", speak)
    assert first.endswith("first bot=3 task=chorus.tick")
    assert "bot=3" in second
    assert third.endswith("third bot=4 mention=9 task=chorus.tick")
    assert fourth.endswith("fourth")


def test_an_error_takes_along_what_was_bound_where_it_came_from():
    clear()
    bind(bot=3)
    with pytest.raises(ValueError, match="no") as raised, bound(chat=1), bound(utterance=7):
        raise ValueError("no")
    clear()
    assert context_of(raised.value) == {"bot": 3, "chat": 1, "utterance": 7}
    assert context_of(KeyError()) == {}


def test_a_warning_of_python_is_a_line(lines):
    def speak():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(False)
            logging.captureWarnings(True)
            warnings.warn("old\nways", UserWarning, stacklevel=1)
            logging.captureWarnings(False)

    [line] = lines("console", speak)
    assert " warning web py.warnings message=" in line


def test_json_lines_are_json_with_level_time_and_fields(lines):
    [line] = lines("json", lambda: structlog.get_logger("test").info("sent", utterance=5, text="ışık 😀"))
    told = json.loads(line)
    assert (told["event"], told["level"], told["utterance"], told["text"]) == ("sent", "info", 5, "ışık 😀")
    assert told["timestamp"].endswith("Z")


def test_lines_below_the_level_and_chatty_libraries_are_left_out(lines):
    def speak():
        structlog.get_logger("test").debug("noise")
        logging.getLogger("httpx").info("HTTP Request: POST")
        logging.getLogger("some.library").info("kept")

    [line] = lines("console", speak)
    assert "kept" in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"bot{TOKEN}/getMe", "bot***/getMe"),
        ("redis://:hush@cache:6379/0", "redis://:***@cache:6379/0"),
        ("http://u:hush@h/p and https://v:hush@h", "http://u:***@h/p and https://v:***@h"),
        ("12:30:45 and key:value stay", "12:30:45 and key:value stay"),
        ("a\nb\rc", "a\\nb\\rc"),
    ],
)
def test_a_text_is_cleaned(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PATTERNS], ids=lambda pattern: pattern.pattern[:20])
@given(data=st.data())
def test_what_any_pattern_hides_holds_a_mark_so_that_texts_without_one_need_not_be_searched(pattern, data):
    secret = data.draw(st.from_regex(pattern))

    assert MARK.search(secret)
