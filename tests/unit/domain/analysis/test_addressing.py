from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.addressing import Addressable, find_addressed

ADA = Addressable(1, "ada_bot", "Ada")
BOB = Addressable(2, "bob_bot", "Bob the Builder")
ISIL = Addressable(3, "isil_bot", "Işıl")
IPEK = Addressable(4, "ipek_bot", "İpek")
ODD = Addressable(5, "odd_bot", "C++ (beta)")
BOTS = (ADA, BOB, ISIL, IPEK, ODD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ada_bot hello", (1,)),
        ("hello @ADA_Bot!", (1,)),
        ("(@ada_bot)", (1,)),
        ("@ada_bot2 hello", ()),
        ("@ada_botanist", ()),
        ("write to me@ada_bot.example", ()),
        ("ada_bot without the sign", ()),
        ("Ada, what about rates?", (1,)),
        ("what do you think, ADA?", (1,)),
        ("Ada'nın fikri", (1,)),
        ("Adana is a city", ()),
        ("Canada is a country", ()),
        ("bob, are you there", ()),
        ("Bob the Builder, are you there", (2,)),
        ("IŞIL nerede", (3,)),
        ("ışıl nerede", (3,)),
        ("ipek, naber", (4,)),
        ("İPEK, naber", (4,)),
        ("C++ (beta): compile this", (5,)),
        ("Ada and @bob_bot", (1, 2)),
        ("@ada_bot Ada @ada_bot", (1,)),
        ("nobody in particular", ()),
    ],
)
def test_a_bot_is_addressed_by_its_username_or_its_whole_name(text, expected):
    assert find_addressed(text, BOTS) == expected


def test_a_reply_addresses_the_bot_whose_message_it_answers():
    assert find_addressed("indeed", BOTS, replied_to_bot=2) == (2,)
    assert find_addressed("indeed, Ada", BOTS, replied_to_bot=99) == (1,)


def test_a_name_of_one_or_two_letters_calls_nobody():
    assert find_addressed("Al or Bo or .", [Addressable(1, "al_bot", "Al"), Addressable(2, "dot_bot", ".")]) == ()


@given(text=st.text(), name=st.text(min_size=1))
def test_any_name_and_any_text_may_meet(text, name):
    bots = [Addressable(1, "some_bot", name)]
    assert find_addressed(text, bots) in ((), (1,))


@given(name=st.from_regex(r"[A-Za-zğüşöçıİ.+*?()\[\]]{3,20}", fullmatch=True))
def test_every_name_of_three_letters_is_found_between_spaces(name):
    assert find_addressed(f"well {name} then", [Addressable(1, "some_bot", name)]) == (1,)


@given(user=st.from_regex(r"[A-Za-z][A-Za-z0-9_]{4,31}", fullmatch=True))
def test_every_username_is_found_in_any_case(user):
    assert find_addressed(f"hi @{user.swapcase()}, hi", [Addressable(1, user, "??")]) == (1,)
