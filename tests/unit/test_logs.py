from __future__ import annotations

import json
import logging

import pytest
import structlog

from app.logs import clean, configure_logging

TOKEN = "7654321098:AAH9xyzABCdefGHIjklMNOpqrSTUvwxYZ12"
QUIET = ("httpx", "httpcore", "urllib3", "openai", "groq", "telethon")
URL = "postgresql://chorus:hush-hush@db:5432/chorus"


@pytest.fixture
def lines(capsys):
    """Configures logging anew over the captured stderr; afterwards everything is as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    quiet = {name: logging.getLogger(name).level for name in QUIET}

    def read(style, speak):
        configure_logging("INFO", style)
        speak()
        return capsys.readouterr().err.splitlines()

    yield read
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


@pytest.mark.parametrize(("style", "lines_each"), [("console", 2), ("json", 1)])
def test_an_exceptions_text_forges_no_line_either(lines, style, lines_each):
    def speak():
        for speaker in (structlog.get_logger("test"), logging.getLogger("some.library")):
            try:
                raise RuntimeError("x\n2026-01-01 [info] forged\r\nline")
            except RuntimeError:
                speaker.exception("failed")

    assert len(lines(style, speak)) == 2 * lines_each


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
