from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.settings import DEFAULTS, SPECS, parse_setting, scopes_of
from app.domain.settings.book import FLEET, MOST_KEPT, Scope, SettingsBook, book_from, parse_scope

KINDS = ("fleet", "chat", "bot")
VALUES = st.one_of(
    st.none(), st.booleans(), st.text(max_size=5), st.integers(-5, 100_000), st.floats(-1, 2), st.lists(st.integers())
)
STORED = st.dictionaries(st.sampled_from([*SPECS, "made_up", "update_mode"]), VALUES, max_size=8)


def fits(key: str, raw: object, kind: str) -> bool:
    try:
        parse_setting(key, raw, kind)
    except InvalidInput:
        return False
    return True


@given(fleet=STORED, chat=STORED, bot=STORED)
def test_the_nearest_scope_with_a_value_that_fits_decides(fleet, chat, bot):
    book = book_from({FLEET: fleet, Scope("chat", 7): chat, Scope("bot", 9): bot})
    applied = book.of(bot_id=9, chat_id=7)
    for key in SPECS:
        nearest = [
            (kind, stored[key]) for kind, stored in (("bot", bot), ("chat", chat), ("fleet", fleet)) if key in stored
        ]
        expected = next(
            (parse_setting(key, raw, kind) for kind, raw in nearest if fits(key, raw, kind)), getattr(DEFAULTS, key)
        )
        assert getattr(applied, key) == expected


@given(fleet=STORED, chat=STORED, bot=STORED)
def test_others_do_not_hear_of_what_a_chat_or_a_bot_overrides(fleet, chat, bot):
    book = book_from({FLEET: fleet, Scope("chat", 7): chat, Scope("bot", 9): bot})
    assert book.of(bot_id=7, chat_id=9) is book.fleet
    assert book.of() is book.fleet
    assert book.fleet == book_from({FLEET: fleet}).fleet


def test_a_bots_own_value_wins_over_the_chats_and_the_chats_over_the_fleets():
    book = book_from(
        {
            FLEET: {"max_words": 30, "typing_max_s": 5},
            Scope("chat", 7): {"max_words": 20},
            Scope("bot", 9): {"max_words": 10},
        }
    )
    assert book.of(bot_id=9, chat_id=7).max_words == 10
    assert book.of(bot_id=8, chat_id=7).max_words == 20
    assert book.of(bot_id=9, chat_id=6).max_words == 10
    assert book.of(bot_id=8).max_words == 30
    assert book.of(bot_id=9, chat_id=7).typing_max_s == 5


def test_a_limit_that_protects_a_chat_cannot_be_lifted_for_a_bot():
    book = book_from({Scope("bot", 9): {"chat_gap_s": 0, "fleet_paused": True, "max_words": 9}})
    assert asdict(book.of(bot_id=9, chat_id=7)) == {**asdict(DEFAULTS), "max_words": 9}
    with pytest.raises(InvalidInput, match="is a setting of the whole fleet or a chat, not of a bot"):
        parse_setting("chat_gap_s", 1, "bot")


def test_without_overrides_every_lookup_gives_the_same_object():
    book = SettingsBook()
    assert {id(book.of(bot_id=number, chat_id=number)) for number in range(100)} == {id(book.fleet)}


def test_what_was_worked_out_once_is_kept():
    book = book_from({Scope("chat", 7): {"max_words": 20}})
    assert book.of(bot_id=1, chat_id=7) is book.of(bot_id=2, chat_id=7)


def test_a_book_does_not_grow_without_end():
    bots = {Scope("bot", number): {"max_words": 9} for number in range(MOST_KEPT + 10)}
    book = book_from(bots)
    for number in range(MOST_KEPT + 10):
        assert book.of(bot_id=number).max_words == 9
    assert len(book._kept) <= MOST_KEPT


def test_one_setting_can_be_read_in_all_scopes():
    book = book_from({Scope("chat", 7): {"max_words": 20}, Scope("bot", 9): {"max_words": 10, "cooldown_s": 1}})
    found = book.everywhere("max_words")
    assert (found.fleet, dict(found.chats), dict(found.bots)) == (40, {7: 20}, {9: 10})


@pytest.mark.parametrize("scope", [FLEET, Scope("chat", 7), Scope("bot", 9)])
def test_a_scope_is_found_again_by_its_text(scope):
    assert parse_scope(str(scope)) == scope


@pytest.mark.parametrize(
    "text", ["", "pipeline", "chat", "chat:", "chat:-1", "chat:x", "chat:7:8", "person:7", "bot:٣"]
)
def test_what_names_no_scope_is_none(text):
    assert parse_scope(text) is None


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_setting_has_a_place_in_the_fleet_and_a_section(spec):
    assert "fleet" in scopes_of(spec)
    assert set(scopes_of(spec)) <= set(KINDS)
    assert spec.metadata.get("group")
