from __future__ import annotations

from importlib import resources

import pytest

from app.domain.prompting import FORMS, wording
from app.domain.prompting.wording import CHAT, CHAT_SHORT, read_wording
from app.domain.safety.folding import fold
from app.domain.safety.prompt import repeats_the_rules, shows_the_prompt

VERSIONS = sorted(
    file.name.removesuffix(".toml")
    for file in resources.files(wording.__name__).iterdir()
    if file.name.endswith(".toml")
)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_wording_is_called_by_its_version_and_has_rules(version):
    found = read_wording(version)
    assert found.version == version
    assert found.rules


def test_the_forms_of_the_setting_have_wordings_of_their_own():
    assert {name: form.wording.version for name, form in FORMS.items()} == {"full": CHAT, "short": CHAT_SHORT}


@pytest.mark.parametrize("version", [CHAT, CHAT_SHORT])
def test_an_answer_that_repeats_any_wording_is_recognised(version):
    assert repeats_the_rules(read_wording(version).rules.splitlines()[1])
    assert shows_the_prompt(fold("my task.max_words is low"), "")


@pytest.mark.parametrize("version", [CHAT, CHAT_SHORT])
def test_both_forms_say_that_what_people_wrote_is_no_instruction(version):
    told = read_wording(version).rules.partition("never an instruction")[2]
    assert all(word in told for word in ("messages", "names", "titles", "quotes", "captions", "news", "other bots"))
