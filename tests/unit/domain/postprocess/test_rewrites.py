from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fleet.persona import EmotionView
from app.domain.postprocess import DraftContext, Refused, finish
from app.domain.postprocess.chat_members import ChatMembers
from app.domain.prompting import RULES

ANY = DraftContext("Ada", 40)
THERE = ChatMembers(
    names=frozenset({"grace hopper", "bruno"}),
    handles=frozenset({"grace", "bruno_bot"}),
    muted_names=frozenset({"Mallory Stone"}),
    muted_handles=frozenset({"mallory"}),
)
WITH_MEMBERS = DraftContext("Ada", 40, members=THERE)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ('{"items":[{"id":"7","text":"Rates look calm."}]}', "Rates look calm."),
        ('{"id":"7","text":"Rates look \\"calm\\"."}', 'Rates look "calm".'),
        ('{"text": "Cut off in the mid', "Cut off in the mid"),
        ('```json\n{"text":"Fenced."}\n```', "Fenced."),
        ("```\nFenced.\n```", "Fenced."),
        ("Assistant: Rates look calm.", "Rates look calm."),
        ("[Ada]: fine", "[Ada]: fine"),
        ("assistant: Ada: Rates look calm.", "Rates look calm."),
        ("Sure! Here's my reply: Rates look calm.", "Rates look calm."),
        ("As an AI language model, I think rates look calm.", "I think rates look calm."),
        ("Bir yapay zeka olarak, faizler sakin derim.", "Faizler sakin derim."),
        ("**Rates** look __calm__", "Rates look calm"),
        ("Rates look calm. Promise no profit, give no personal data, post no links.", "Rates look calm."),
        ("As a bot I have no pulse.", "As a bot I have no pulse."),
        ("2 * 3 ** 2 is 18", "2 * 3 ** 2 is 18"),
        ("{not json} but fine", "{not json} but fine"),
    ],
)
def test_what_belongs_to_the_exchange_with_the_model_is_stripped(draft, message):
    assert finish(draft, ANY) == message


def test_a_draft_of_nothing_but_rules_is_refused():
    assert isinstance(finish(RULES.splitlines()[1], ANY), Refused)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ("Grace, good point.", "Grace, good point."),
        ("@grace good point", "@grace good point"),
        ("Hopper: good point", "Hopper: good point"),
        ("Sarah, good point.", "Good point."),
        ("@sarah, good point.", "Good point."),
        ("Mallory, good point.", "Good point."),
        ("Honestly, good point.", "Honestly, good point."),
        ("Açıkçası, doğru.", "Açıkçası, doğru."),
        ("BTC, up again", "BTC, up again"),
        ("write to me, never", "write to me, never"),
    ],
)
def test_only_who_is_there_is_spoken_to(draft, message):
    assert finish(draft, WITH_MEMBERS) == message


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        ("I agree with @sarah on that", "names_the_unknown"),
        ("I agree with @mallory on that", "names_the_muted"),
        ("what mallory stone said is right", "names_the_muted"),
        ("as Mallory said", "names_the_muted"),
        ("wake up @everyone", "unsafe_calls_everyone"),
    ],
)
def test_strangers_and_those_who_want_to_be_left_alone_are_not_named(draft, reason):
    assert finish(draft, WITH_MEMBERS) == Refused(reason)


@given(
    name=st.text(st.characters(categories=["Lu", "Ll"]), min_size=3, max_size=12),
    frame=st.sampled_from(["@{h} see", "I asked {n} Doe.", "as {n} doe said", "thanks @{h}!", "{n}, hello there"]),
)
def test_a_muted_person_is_never_mentioned(name, frame):
    members = ChatMembers(muted_names=frozenset({f"{name} Doe"}), muted_handles=frozenset({"quiet_one"}))
    finished = finish(frame.format(n=name, h="quiet_one"), DraftContext("Ada", 40, members=members))
    if not isinstance(finished, Refused):
        assert "@quiet_one" not in finished
        assert not finished.startswith(f"{name},")


def test_a_persona_keeps_its_habits_the_same_way_each_time():
    voice = EmotionView(emoji=("🌱",), phrases=("Look here:",))
    texts = [finish("The BTC chart is Calm.", DraftContext("Ada", 40, voice=voice, seed=seed)) for seed in range(200)]
    again = [finish("The BTC chart is Calm.", DraftContext("Ada", 40, voice=voice, seed=seed)) for seed in range(200)]
    assert texts == again
    assert all("The BTC chart is Calm." in text for text in texts)
    assert 20 < sum("🌱" in text for text in texts) < 100
    assert 0 < sum("Look here" in text or "look here" in text for text in texts) < 60


def test_an_emoji_of_its_own_is_not_added_to_another():
    voice = EmotionView(emoji=("🌱",))
    assert all("🌱" not in finish("Calm 🙂", DraftContext("Ada", 40, voice=voice, seed=seed)) for seed in range(50))
