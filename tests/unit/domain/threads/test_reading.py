from __future__ import annotations

import pytest

from app.domain.threads.reading import Reader, names_of

NAMES = {"mira": "mira", "bob2": "bob2", "bob": "bob2", "q2": "q2", "you": "you", "usamahashimi": "usamahashimi"}
READER = Reader({"you": 2.0, "the": 1.0}, 9.0)


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("mira: hello", ("mira",)),
        ("Mira, hello", ("mira",)),
        ("@mira hello", ("mira",)),
        ("mira bob2: both of you", ("mira", "bob2")),
        ("q2: short names count with a colon", ("q2",)),
        ("q2 without one they do not", ()),
        ("you should try", ()),
        ("you: that is a name here", ("you",)),
        ("usamah: the start of a name is enough", ("usamahashimi",)),
        ("hello mira", ()),
        ("", ()),
        (":", ()),
    ],
)
def test_a_text_begins_with_those_it_addresses(text, addressed):
    assert READER.read(text, NAMES).addressed == addressed


def test_names_anywhere_are_noticed_but_for_common_words():
    assert READER.read("thanks mira, you and bob2 helped", NAMES).named == {"mira", "bob2"}


def test_names_are_no_words_and_endings_do_not_count():
    first, second = READER.read("mira: partition", NAMES), READER.read("partitions?", NAMES)
    assert first.words == second.words != frozenset()


def test_rare_words_weigh_more():
    assert READER.rarity_of(["the"]) < READER.rarity_of(["you"]) < READER.rarity_of(["xorg"])


def test_people_are_called_by_many_forms_of_their_name():
    assert {"şeyma", "şeymayildiz", "seyma_y"} <= names_of("Şeyma Yıldız", "Seyma_Y")
    assert "benh" in names_of("benh`", "")
    assert "actionparsnip" in names_of("ActionParsnip1", "")
    assert "matt" in names_of("Matt|away", "")
    assert names_of("", "") == set()
