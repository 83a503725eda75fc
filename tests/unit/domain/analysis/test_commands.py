from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.addressing import Addressable
from app.domain.analysis.commands import KNOWN_COMMANDS, Command, FleetCommand, find_command, find_fleet_command

BOTS = (Addressable(1, "Ada_Bot", "Ada"), Addressable(2, "bob_bot", "Bob"))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/about", Command("about", None)),
        ("/ABOUT please", Command("about", None, "please")),
        ("/about@Ada_Bot", Command("about", "ada_bot")),
        ("/about@ada_bot\nnow", Command("about", "ada_bot", "now")),
        ("/ban@other_bot Ada", Command("ban", "other_bot", "Ada")),
        ("see /about", None),
        ("/about.", None),
        ("/home/ada", None),
        ("//about", None),
        ("/", None),
        ("", None),
    ],
)
def test_a_command_stands_at_the_beginning(text, command):
    assert find_command(text) == command


@pytest.mark.parametrize("word", KNOWN_COMMANDS)
@pytest.mark.parametrize(
    ("form", "bot_id"), [("/{}", None), ("/{}@ada_bot", 1), ("/{} @BOB_bot", 2), ("/{}@bob_bot @ada_bot", 2)]
)
def test_an_order_is_for_all_bots_or_for_the_one_it_names(word, form, bot_id):
    assert find_fleet_command(form.format(word), BOTS) == FleetCommand(word, bot_id)


@pytest.mark.parametrize(
    "text", ["/ban", "/mute@rose_bot", "/mute @spammer", "/mute 10m", "/unmute all", "/about@rose_bot", "hello", "mute"]
)
def test_what_another_bot_of_the_group_is_told_is_no_order(text):
    assert find_fleet_command(text, BOTS) is None


def test_a_reply_names_the_bot_that_said_what_it_answers():
    assert find_fleet_command("/mute", BOTS, is_reply=True, replied_to_bot=2) == FleetCommand("mute", 2)
    assert find_fleet_command("/about", BOTS, is_reply=True, replied_to_bot=2) == FleetCommand("about", 2)
    assert find_fleet_command("/mute@ada_bot", BOTS, is_reply=True, replied_to_bot=2) == FleetCommand("mute", 1)
    assert find_fleet_command("/about", BOTS, is_reply=True, replied_to_bot=99) == FleetCommand("about")


def test_a_mute_in_reply_to_a_person_is_for_a_moderation_bot_and_the_rest_is_not():
    assert find_fleet_command("/mute", BOTS, is_reply=True) is None
    assert find_fleet_command("/unmute", BOTS, is_reply=True) is None
    assert find_fleet_command("/forgetme", BOTS, is_reply=True) == FleetCommand("forgetme")


@given(text=st.text())
def test_any_text_is_an_order_or_none(text):
    find_fleet_command(text, BOTS)
    find_fleet_command(f"/mute {text}", BOTS)
