from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.domain.prompting import SHORT
from bench.prompt_items import BATCH, SCENES, make_items
from bench.prompts import BEFORE, MOST, SHORT_TOKENS, longest_short, prompts, scene_items, tokens_a_message


@pytest.mark.parametrize("scene", SCENES)
def test_twenty_messages_take_at_most_three_quarters_of_the_tokens_they_took(scene):
    assert tokens_a_message(make_items(SCENES[scene], BATCH)) <= MOST * BEFORE[scene][BATCH]


@pytest.mark.parametrize("scene", SCENES)
def test_no_message_of_the_short_form_takes_five_hundred_tokens(scene):
    assert longest_short(scene_items(scene)) < SHORT_TOKENS
    assert tokens_a_message(scene_items(scene), SHORT) < tokens_a_message(scene_items(scene))


def test_the_command_prints_a_row_for_each_batch_and_says_that_targets_are_met(tmp_path):
    done = CliRunner().invoke(prompts, ["--out", str(tmp_path / "prompts.json")])
    assert done.exit_code == 0, done.output
    assert all(f"{scene}, {count} a request" in done.output for scene in SCENES for count in (1, 5, 20))
    assert "All 4 targets met" in done.output
