"""The list of providers: the environment's until somebody edits it, then the operator's own, with encrypted keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select
from structlog.testing import capture_logs

from app.adapters.vault import FernetVault
from app.domain.errors import InvalidInput, NotFound, Stale
from app.domain.money import Price
from app.domain.providers.entry import ProviderEntry
from app.models import LLMProvider
from app.services.fleet.key_rotation import rotate_keys
from app.services.providers import editing
from app.services.providers.editing import ProviderPorts, Stored
from app.services.providers.listing import read_list

KEY = "sk-hush-hush"
OFFICE = ProviderEntry(
    "office", "qwen3", url="http://gpu:8080/v1", purposes=frozenset({"ambient", "bulk"}), price=Price(0.1, 0.05, 0.4)
)


@pytest.fixture
def edits(sessions, vault, settings, clock):
    given = {"openai_api_key": SecretStr("sk-of-the-environment"), "llm_fallback_model": "spare"}
    return ProviderPorts(sessions, vault, settings.model_copy(update=given), clock)


def listed(edits):
    return read_list(edits.sessions, edits.vault, edits.settings)


def labels(edits):
    return [entry.label for entry in listed(edits).entries]


def test_the_environment_counts_until_the_first_edit_which_copies_it_with_its_keys(edits):
    before = listed(edits)
    assert not before.own
    added = editing.add(edits, OFFICE, KEY, "ada")
    after = listed(edits)
    assert after.own
    assert labels(edits) == [*(entry.label for entry in before.entries), "office:qwen3"]
    assert [one.key for one in after.providers] == ["sk-of-the-environment", "sk-of-the-environment", KEY]
    assert after.entries[-1] == added == replace(OFFICE, id=added.id, version=1)


def test_no_key_is_stored_logged_or_shown_in_clear(edits, sessions):
    with capture_logs() as logs:
        editing.add(edits, OFFICE, KEY, "ada")
    with sessions() as session:
        rows = [vars(row) for row in session.scalars(select(LLMProvider))]
    assert "hush" not in repr((rows, logs, listed(edits), editing.list_stored(sessions)))


def test_a_change_keeps_the_key_takes_a_new_one_or_none(edits):
    entry = editing.add(edits, OFFICE, KEY, "ada")
    for key, kept in ((Stored.KEY, KEY), ("sk-new", "sk-new"), (Stored.KEY, "sk-new"), (None, None)):
        entry = editing.change(edits, replace(entry, requests_per_minute=entry.requests_per_minute + 1), key, "ada")
        found = listed(edits).providers[-1]
        assert (found.entry, found.key) == (entry, kept)


def test_a_stored_key_is_not_sent_to_another_address(edits):
    entry = editing.add(edits, OFFICE, KEY, "ada")
    with pytest.raises(InvalidInput, match="key: must be entered again"):
        editing.change(edits, replace(entry, url="http://elsewhere/v1"), Stored.KEY, "ada")
    assert (
        editing.change(edits, replace(entry, url="http://elsewhere/v1"), "sk-there", "ada").url == "http://elsewhere/v1"
    )


def test_who_comes_second_is_told_so_and_nothing_is_lost(edits):
    entry = editing.add(edits, OFFICE, KEY, "ada")
    editing.change(edits, replace(entry, tokens_per_minute=5000), Stored.KEY, "ada")
    with pytest.raises(Stale, match="office:qwen3 was changed by ada at"):
        editing.change(edits, replace(entry, tokens_per_minute=9000), Stored.KEY, "bob")
    assert listed(edits).entries[-1].tokens_per_minute == 5000


def test_an_entry_is_moved_switched_off_and_removed(edits):
    entry = editing.add(edits, OFFICE, KEY, "ada")
    editing.move(edits, entry.id, -1, "ada")
    assert labels(edits)[1] == "office:qwen3"
    editing.move(edits, entry.id, -9, "ada")
    assert labels(edits)[0] == "office:qwen3"
    editing.switch(edits, entry.id, False, "ada")
    assert not listed(edits).entries[0].enabled
    editing.remove(edits, entry.id, "ada")
    assert "office:qwen3" not in labels(edits)


@pytest.mark.parametrize("act", ["remove", "switch", "change"])
def test_the_last_one_for_a_purpose_stays(edits, act):
    main, spare = editing.adopt(edits, "ada")
    editing.remove(edits, spare.entry.id, "ada")
    acts = {
        "remove": lambda: editing.remove(edits, main.entry.id, "ada"),
        "switch": lambda: editing.switch(edits, main.entry.id, False, "ada"),
        "change": lambda: editing.change(edits, replace(main.entry, economy=True), Stored.KEY, "ada"),
    }
    with pytest.raises(InvalidInput, match="nobody would be left"):
        acts[act]()
    assert listed(edits).entries == [main.entry]


@pytest.mark.parametrize("key", ["sk hush", "sk-hüsh", "k" * 1001, "sk\nhush", "sk\0hush"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_repeated(edits, key):
    with pytest.raises(InvalidInput, match="key") as error:
        editing.add(edits, OFFICE, key, "ada")
    assert "sh" not in error.value.message.replace("dash", "")
    assert not listed(edits).own


def test_the_same_model_of_the_same_name_is_refused(edits):
    editing.add(edits, OFFICE, KEY, "ada")
    with pytest.raises(InvalidInput, match="is listed already"):
        editing.add(edits, OFFICE, None, "ada")


@pytest.mark.parametrize("act", [editing.move, editing.switch])
def test_what_is_not_there_is_not_found(edits, act):
    with pytest.raises(NotFound):
        act(edits, 999, True, "ada")
    with pytest.raises(NotFound):
        editing.remove(edits, 999, "ada")
    with pytest.raises(NotFound):
        editing.change(edits, replace(OFFICE, id=999), None, "ada")


def test_back_to_the_environment_leaves_no_key_behind(edits, sessions):
    editing.add(edits, OFFICE, KEY, "ada")
    editing.return_to_environment(edits, "ada")
    assert not listed(edits).own
    assert list(editing.list_stored(sessions)) == []


def test_a_key_that_no_encryption_key_opens_locks_its_provider_only(edits):
    editing.add(edits, OFFICE, KEY, "ada")
    other = FernetVault(Fernet.generate_key().decode())
    with capture_logs() as logs:
        found = read_list(edits.sessions, other, edits.settings)
    assert [(one.key, one.locked) for one in found.providers] == [(None, True)] * 3
    assert [line["event"] for line in logs] == ["provider_key_locked"] * 3


def test_keys_are_rotated_with_the_bots(edits, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    stored = replace(edits, vault=FernetVault(old))
    editing.add(stored, OFFICE, KEY, "ada")
    done = rotate_keys(edits.sessions, FernetVault(f"{new},{old}"))
    assert (done.rotated, done.unreadable) == (3, ())
    assert listed(replace(edits, vault=FernetVault(new))).providers[-1].key == KEY
    assert rotate_keys(edits.sessions, FernetVault(Fernet.generate_key().decode())).unreadable == (
        "openai:gpt-4o-mini",
        "openai:spare",
        "office:qwen3",
    )
