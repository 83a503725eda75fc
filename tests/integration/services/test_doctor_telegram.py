"""What the doctor says of bots, asked for over real HTTP at a Telegram sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.adapters.vault import FernetVault
from app.cli.doctor import telegram as doctor
from app.cli.doctor.report import Check
from app.cli.doctor.telegram import check_telegram
from app.config import Settings
from app.db import SessionFactory
from app.models import Bot, Chat, Membership
from app.repositories.fleet import bot_problems
from app.repositories.settings.overrides import write_update_mode
from tests.builders import NOW, add, make_bot
from tests.integration.sandbox_telegram.harness import ManualClock, Sandbox, running_sandbox, token_of


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "telegram.jsonl", ManualClock()) as running:
        yield running


@pytest.fixture
def here(settings: Settings, sandbox: Sandbox) -> Settings:
    url = f"http://127.0.0.1:{sandbox.ports.port}"
    return settings.model_copy(update={"telegram_url": url, "public_url": "http://127.0.0.1:8080"})


@pytest.fixture
def take_on(sessions: SessionFactory, sandbox: Sandbox, here: Settings) -> Any:
    """Makes a bot of the fleet and of the sandbox."""
    vault = FernetVault(here.encryption_keys.get_secret_value())

    def make(name: str = "Ada", *, reads_all: bool = True, known: bool = True, **values: Any) -> Bot:
        bot = make_bot(sessions, name)
        if known:
            sandbox.add_bot(bot.telegram_user_id, reads_all=reads_all)
        with sessions.begin() as session:
            stored = session.get_one(Bot, bot.id)
            stored.token_encrypted = vault.encrypt(token_of(bot.telegram_user_id))
            for field, value in values.items():
                setattr(stored, field, value)
        return bot

    return make


def place(sessions: SessionFactory, sandbox: Sandbox, bot: Bot, *, there: bool = True) -> int:
    """A chat that the fleet says the bot is in."""
    chat_id = sandbox.add_chat(*([bot.telegram_user_id] if there else []))
    chat = Chat(telegram_chat_id=chat_id, title="Markets", status="enabled")
    add(sessions, chat)
    add(sessions, Membership(bot_id=bot.id, chat_id=chat.id))
    return chat_id


def findings(settings: Settings, **options: Any) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in check_telegram(settings, **options):
        found.setdefault(check.name, []).append(check)
    return found


def test_a_bot_with_all_it_needs_passes_in_one_line(
    here: Settings, sessions: SessionFactory, sandbox: Sandbox, take_on: Any
) -> None:
    bot = take_on()
    place(sessions, sandbox, bot)
    found = findings(here)

    assert [check.detail for check in found["tokens"]] == ["1 can be decrypted"]
    assert [(check.status, check.detail) for check in found[f"@{bot.username}"]] == [
        ("pass", "the token works, privacy mode is off, webhook as it should be, may write in Markets")
    ]


def test_privacy_mode_and_missing_rights_are_warned_of_each_with_its_fix(
    here: Settings, sessions: SessionFactory, sandbox: Sandbox, take_on: Any
) -> None:
    bot = take_on(reads_all=False)
    chat_id = place(sessions, sandbox, bot)
    sandbox.control("POST", f"/chats/{chat_id}/permissions", {"can_send_messages": False})
    found = findings(here)[f"@{bot.username}"]

    assert [check.status for check in found] == ["warn", "warn"]
    assert "privacy mode is on" in found[0].detail
    assert found[1].detail == "may not write in Room: only administrators may"
    assert all(check.fix for check in found)


def test_a_restricted_bot_is_warned_of(
    here: Settings, sessions: SessionFactory, sandbox: Sandbox, take_on: Any
) -> None:
    bot = take_on()
    chat_id = place(sessions, sandbox, bot)
    sandbox.control("POST", f"/chats/{chat_id}/members", {"user_id": bot.telegram_user_id, "status": "restricted"})
    [check] = findings(here)[f"@{bot.username}"]

    assert (check.status, check.detail) == ("warn", "may not write in Room: it is restricted there")


def test_a_bot_that_is_not_where_the_fleet_believes_is_warned_of(
    here: Settings, sessions: SessionFactory, sandbox: Sandbox, take_on: Any
) -> None:
    bot = take_on()
    place(sessions, sandbox, bot, there=False)
    [check] = findings(here)[f"@{bot.username}"]

    assert (check.status, check.detail) == ("warn", "is not in Markets (any more)")


def test_a_revoked_token_is_a_failure_and_an_unreadable_one_is_told_of_once(
    here: Settings, sessions: SessionFactory, take_on: Any
) -> None:
    revoked, unreadable = take_on("Gone", known=False), take_on("Odd")
    with sessions.begin() as session:
        session.get_one(Bot, unreadable.id).token_encrypted = "gAAAAA-of-another-key"
    found = findings(here)

    assert [check.status for check in found[f"@{revoked.username}"]] == ["fail"]
    assert found["tokens"][0].detail == f"1 of 2 cannot be decrypted: @{unreadable.username}"
    assert f"@{unreadable.username}" not in found


def test_a_broken_bot_whose_token_works_is_told_of(here: Settings, take_on: Any) -> None:
    bot = take_on(status="broken")
    [check] = findings(here)[f"@{bot.username}"]

    assert (check.status, "resume it" in str(check.fix)) == ("warn", True)


def test_what_keeps_updates_away_is_a_failure_with_its_fix_a_few_by_name(
    here: Settings, sessions: SessionFactory, take_on: Any
) -> None:
    bots = [take_on(f"Bot{number}") for number in range(doctor.NAMED + 2)]
    with sessions.begin() as session:
        for bot in bots:
            bot_problems.see(session, bot.id, "other_poller", NOW)
    found = findings(here)

    check = found[f"@{bots[0].username}"][0]
    assert (check.status, check.detail) == (
        "fail",
        "another program polls this token since 2026-11-22 12:00 UTC (last seen 12:00) and takes its messages away",
    )
    assert "stop that program, or get a new token" in str(check.fix)
    assert [check.status for check in found[f"@{bots[-1].username}"]] == ["pass"]
    assert found["telegram"][0].detail == "2 more bots have such a problem"


@pytest.mark.parametrize(
    ("mode", "url", "wanted"),
    [
        ("poll", "http://127.0.0.1:9/elsewhere", "has a webhook, although the mode is poll"),
        ("webhook", "http://127.0.0.1:9/elsewhere", "its webhook lies elsewhere"),
        ("webhook", "", "has no webhook, although the mode is webhook"),
        ("telethon", "", None),
    ],
)
def test_a_webhook_that_does_not_fit_the_mode_is_warned_of(
    here: Settings, sessions: SessionFactory, sandbox: Sandbox, take_on: Any, mode: str, url: str, wanted: str | None
) -> None:
    bot = take_on()
    with sessions.begin() as session:
        write_update_mode(session, mode, None)
    sandbox.result(bot.telegram_user_id, "setWebhook", url=url)
    [check] = findings(here)[f"@{bot.username}"]

    assert (check.status, check.detail) == ("warn", wanted) if wanted else check.status == "pass"


def test_only_a_sample_is_asked_about_unless_all_are_wanted(
    here: Settings, sandbox: Sandbox, take_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SAMPLE", 2)
    for number in range(5):
        take_on(f"Bot{number}")
    [check] = findings(here)["telegram"]

    assert check.status == "skipped"
    assert check.detail.startswith("3 of 5 bots were not asked about")
    assert len(sandbox.calls("getMe")) == 2
    assert "telegram" not in findings(here, every=True)
    assert len(sandbox.calls("getMe")) == 2 + 5


def test_the_number_of_calls_does_not_grow_with_a_bots_chats(
    here: Settings, sessions: SessionFactory, sandbox: Sandbox, take_on: Any
) -> None:
    bot = take_on()
    for _ in range(4):
        place(sessions, sandbox, bot)
    findings(here)

    assert len(sandbox.calls("getChatMember")) == doctor.PLACES
    findings(here, every=True)
    assert len(sandbox.calls("getChatMember")) == doctor.PLACES + 4


def test_without_bots_there_is_nothing_to_look_at(here: Settings, sessions: SessionFactory) -> None:
    [check] = check_telegram(here)
    assert (check.status, check.detail) == ("skipped", "no bots yet")
