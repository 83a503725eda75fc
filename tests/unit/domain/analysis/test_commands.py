from __future__ import annotations

import pytest

from app.domain.analysis.commands import Command, find_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/about", Command("about", None)),
        ("/ABOUT please", Command("about", None)),
        ("/about@Ada_Bot", Command("about", "ada_bot")),
        ("/about@ada_bot\nnow", Command("about", "ada_bot")),
        ("/ban@other_bot Ada", Command("ban", "other_bot")),
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


@pytest.mark.parametrize(("text", "bare"), [("/about", True), ("/about@ada_bot", False), ("/ban", False)])
def test_only_our_own_commands_are_answered_by_whoever_is_there(text, bare):
    assert find_command(text).is_bare is bare
