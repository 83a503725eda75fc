"""Names that people type with other letters than those they are stored with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.addressing import Addressable, find_addressed
from app.domain.analysis.letters import fold_name, remove_accents
from app.domain.fleet.names import Named, best, nearest
from app.domain.postprocess import DraftContext
from app.domain.postprocess.addressing import names_the_muted
from app.domain.postprocess.chat_members import ChatMembers

SPELLINGS = [
    ("ipek", "İPEK", "IPEK", "ıpek", "I\u0307pek", "ｉｐｅｋ", " ipek ", "i\u200bpek"),
    ("isik", "Işık", "IŞIK", "Isik", "ışık", "ISIK", "Is\u0327ik"),
    ("zoe", "Zoë", "ZOË", "Zoe\u0308", "zoé"),
    ("strasse", "Straße", "STRASSE", "STRAẞE"),
    ("soren oystein", "Søren  Øystein", "SOREN\u00a0OYSTEIN"),
    ("nguyen duc", "Nguyễn Đức", "NGUYEN DUC"),
    ("οδος", "Οδός", "ΟΔΟΣ"),
    ("елка", "Ёлка", "ЁЛКА"),
    ("o'neill", "O’Neill", "OʼNEILL"),
    ("file", "ﬁle"),
]
OTHERS = [("Кий", "Кии"), ("Їжак", "Іжак"), ("が", "か"), ("कि", "क"), ("ก่", "ก"), ("Ali", "Alı x"), ("ñ", "m")]


@pytest.mark.parametrize("alike", SPELLINGS)
def test_a_name_is_the_same_however_it_is_spelt(alike: tuple[str, ...]) -> None:
    assert len({fold_name(name) for name in alike}) == 1


@pytest.mark.parametrize("pair", OTHERS)
def test_letters_of_their_own_are_not_taken_for_others(pair: tuple[str, str]) -> None:
    assert fold_name(pair[0]) != fold_name(pair[1])


@given(st.text())
def test_folding_again_changes_nothing_and_case_does_not_count(text: str) -> None:
    folded = fold_name(text)
    assert fold_name(folded) == folded
    assert fold_name(remove_accents(text)) == folded


def test_a_bot_is_called_without_its_accents_and_in_turkish_capitals() -> None:
    bots = [Addressable(1, "isik_bot", "Işık"), Addressable(2, "zoe_bot", "Zoë Kravitz")]
    for text in ("isik, ne dersin?", "IŞIK'a sor", "peki @İSİK_BOT?", "@ISIK_BOT"):
        assert find_addressed(text, bots) == (1,), text
    assert find_addressed("well…@zoe_bot and zoe kravitz", bots) == (2,)
    assert find_addressed("isikli zoe", bots) == ()


def test_a_draft_that_names_the_muted_without_accents_is_refused_too() -> None:
    context = DraftContext(
        "Bruno", 40, members=ChatMembers(muted_names=frozenset({"Zoë Işık"}), names=frozenset({"ada"}))
    )
    for text in ("I agree with Zoe here.", "zoe isik said so", "and ZOË IŞIK too"):
        assert names_the_muted(text, context) == "names_the_muted", text
    assert names_the_muted("I agree with Ada here.", context) is None
    assert ChatMembers(muted_names=frozenset({"Zoë Işık"})).is_muted("zoe")


def test_the_name_in_the_same_letters_comes_first_and_slips_are_near_without_accents() -> None:
    both = [Named(1, "@a_bot", "Işık"), Named(2, "@b_bot", "Isik"), Named(3, "@c_bot", "ISIK")]
    assert [one.id for one in best("işik", both[:1])] == [1]
    assert [one.id for one in best("ışık", both)] == [1]
    assert [one.id for one in best("Isık", both)] == [2, 3]
    assert nearest("Isikk", both)[0].title == "Işık"
