"""From what somebody typed to the bot or the chat that is meant, however many there are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from app.db import SessionFactory
from app.domain.analysis.letters import fold_name
from app.domain.errors import InvalidInput, NotFound
from app.models import Bot
from app.services.fleet import list_bots, list_candidates, list_chats
from app.services.fleet.finding import find_bot_id, find_chat_id, name_bots, name_chats
from tests.builders import make_bot, make_chat

MORE_THAN_A_PAGE = 60


@pytest.fixture
def crowd(sessions: SessionFactory) -> None:
    """Bots and chats whose names hold the ones that are looked for, all of a lower id."""
    for number in range(MORE_THAN_A_PAGE):
        make_chat(sessions, title=f"Bird watchers {number}")
        rename(sessions, make_bot(sessions, "Ada"), username=f"ada_{number}_bot", display_name=f"Ada {number}")


def rename(sessions: SessionFactory, bot: Bot, **values: str) -> None:
    with sessions.begin() as session:
        session.execute(update(Bot).where(Bot.id == bot.id).values(**values))


@pytest.fixture
def ada(sessions: SessionFactory, crowd: None) -> Bot:
    bot = make_bot(sessions)
    rename(sessions, bot, username="ada", display_name="Ada Lovelace")
    return bot


def test_a_bot_is_found_among_more_than_a_page_of_likely_ones(sessions: SessionFactory, ada: Bot) -> None:
    for typed in (str(ada.id), "ada", "@ADA", "@ada", " ada lovelace ", "Ada Lovelace"):
        assert find_bot_id(sessions, typed) == ada.id, typed


def test_a_chat_is_found_among_more_than_a_page_of_likely_ones(sessions: SessionFactory, crowd: None) -> None:
    chat = make_chat(sessions, title="Bird watchers")
    for typed in (str(chat.id), str(chat.telegram_chat_id), "bird watchers", "Bird watchers"):
        assert find_chat_id(sessions, typed) == chat.id, typed


def test_several_bots_of_one_name_are_listed_with_what_to_type(sessions: SessionFactory, ada: Bot) -> None:
    other = make_bot(sessions)
    rename(sessions, other, username="ada_the_other", display_name="ADA LOVELACE")

    with pytest.raises(InvalidInput) as caught:
        find_bot_id(sessions, "Ada Lovelace")

    assert caught.value.field == "bot"
    for word in (f"{ada.id} (@ada, Ada Lovelace)", f"{other.id} (@ada_the_other", "the number or the @username"):
        assert word in caught.value.message
    assert find_bot_id(sessions, "@ada_the_other") == other.id


def test_an_at_sign_speaks_of_usernames_only(sessions: SessionFactory, ada: Bot) -> None:
    namesake = make_bot(sessions)
    rename(sessions, namesake, username="somebody_else", display_name="ada")

    assert find_bot_id(sessions, "@ada") == ada.id
    with pytest.raises(InvalidInput, match="2 are called ada"):
        find_bot_id(sessions, "ada")


def test_several_chats_of_one_title_are_listed_ten_at_most(sessions: SessionFactory) -> None:
    made = [make_chat(sessions, title="Markets") for _ in range(12)]

    with pytest.raises(InvalidInput) as caught:
        find_chat_id(sessions, "markets")

    assert caught.value.field == "chat"
    assert f"{made[0].id} ({made[0].telegram_chat_id}, Markets)" in caught.value.message
    assert "and 2 more; give the number or the Telegram id" in caught.value.message


def test_a_name_that_nobody_has_tells_the_nearest_ones(sessions: SessionFactory, ada: Bot) -> None:
    make_chat(sessions, title="Gardening")

    with pytest.raises(NotFound, match=r"There is no bot Ada Lovelase\. Did you mean .*@ada, Ada Lovelace"):
        find_bot_id(sessions, "Ada Lovelase")
    with pytest.raises(NotFound, match=r"There is no chat gardning\. Did you mean .*Gardening"):
        find_chat_id(sessions, "gardning")
    with pytest.raises(NotFound, match=r"^There is no bot zzzzqqqq\.$"):
        find_bot_id(sessions, "zzzzqqqq")


def test_a_name_is_found_without_its_accents_and_the_same_letters_come_first(sessions: SessionFactory) -> None:
    isik, zoe, chat = make_bot(sessions, "Işık"), make_bot(sessions, "Zoë"), make_chat(sessions, title="İş & Güç")
    for typed, bot in (("isik", isik), ("IŞIK", isik), ("ışık", isik), ("zoe", zoe), ("ZOË", zoe)):
        assert find_bot_id(sessions, typed) == bot.id, typed
    rename(sessions, zoe, display_name="Isik")
    assert (find_bot_id(sessions, "Işık"), find_bot_id(sessions, "ISIK")) == (isik.id, zoe.id)
    assert find_chat_id(sessions, "is & guc") == chat.id
    for typed in ("işik & güç", "\u200b", ""):
        with pytest.raises(NotFound):
            find_chat_id(sessions, typed)


def test_lists_are_searched_without_accents_and_for_anything_that_may_be_typed(sessions: SessionFactory) -> None:
    isik, chat = make_bot(sessions), make_chat(sessions, title="Çay 100%")
    rename(sessions, isik, username="ipek_bot", display_name="Işık Öz")
    for typed in ("isik", "k oz", "IŞIK", "@İPEK"):
        assert [bot.id for bot in list_bots(sessions, typed).items] == [isik.id], typed
    for typed in ("cay", "ÇAY", "0%", str(chat.telegram_chat_id)):
        assert [found.id for found in list_chats(sessions, typed).items] == [chat.id], typed
    for typed in ("--5", "-", "9" * 5000, "_ay", "%%", "\u0661"):
        assert list_chats(sessions, typed).items == [], typed
    assert [name for _, _, name in list_candidates(sessions, chat.id, "oz")] == ["Işık Öz"]


LETTERS = [chr(code) for code in range(0x20, 0x2000) if unicodedata.category(chr(code))[0] in "LNPZ"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.sampled_from("ıİIŞşÖöØøŁÐþÆœßẞςΣ’ёйї\u0301\u0308\u0327\u200b\u00a0") | st.sampled_from(LETTERS)))
def test_postgres_folds_names_as_python_does(sessions: SessionFactory, name: str) -> None:
    with sessions() as session:
        assert session.scalar(select(func.fold_name(name))) == fold_name(name)


def test_who_is_chosen_from_is_everybody(sessions: SessionFactory, crowd: None) -> None:
    assert len(name_bots(sessions)) == MORE_THAN_A_PAGE
    assert len(name_chats(sessions)) == MORE_THAN_A_PAGE
