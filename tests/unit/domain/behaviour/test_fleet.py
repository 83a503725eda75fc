"""Promises of the engine over random fleets and hours, on a virtual clock."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import dataclass
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain.behaviour.decide import decide
from app.domain.behaviour.tick import OpenTopic, React, Reply
from app.domain.conversation.views import ChatView, MessageView
from app.domain.delivery.emoji import ALLOWED
from app.domain.fleet.hours import Window, is_within
from app.domain.fleet.persona import BotProfile, EmotionView, LengthProfile, StanceView
from app.domain.settings import FleetSettings
from bench.virtual_fleet import Room, VirtualFleet

START = dt.datetime(2026, 10, 25, 0, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(hours=24)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
WINDOWS = st.lists(st.builds(Window, st.times(), st.times()), max_size=2).map(tuple)
TEXTS = st.text(max_size=60) | st.sampled_from(["🎉👩‍👩‍👧", "שלום עולם؟", "x" * 4096, "\u200b\u202e", "Ada?", "rates"])

SETTINGS = st.builds(
    FleetSettings,
    cooldown_s=st.floats(0, 120),
    chat_gap_s=st.floats(0, 90),
    speak_probability=st.floats(0.8, 1),
    reply_probability=st.floats(0.4, 1),
    bot_messages_per_hour=st.sampled_from([0, 0, 1, 8, 20]),
    bot_messages_per_day=st.sampled_from([0, 0, 5, 30]),
    answers_reserve=st.floats(0, 0.5),
    people_share=st.sampled_from([0.0, 0.0, 0.2, 0.5, 1.0]),
    share_free=st.integers(0, 60),
    talk_backoff=st.floats(0, 1),
    idle_after_min=st.floats(0, 60),
    loop_depth=st.integers(1, 5),
    loop_replies=st.integers(1, 6),
    topic_gap_s=st.floats(0, 600),
    reaction_probability=st.floats(0, 1),
    reactions_per_hour=st.integers(0, 5),
    reactions_per_message=st.integers(0, 3),
    reading_mean_s=st.floats(0, 20),
    turn_fairness=st.floats(0, 1),
    max_words=st.integers(5, 60),
)
PERSONAS = st.fixed_dictionaries(
    {
        "active": WINDOWS,
        "prime": WINDOWS,
        "timezone": st.sampled_from(ZONES),
        "topics": st.lists(TEXTS, max_size=3).map(tuple),
        "watchlist": st.lists(TEXTS, max_size=2).map(tuple),
        "stances": st.lists(st.builds(StanceView, TEXTS, TEXTS, st.floats(0, 1), st.integers(0, 7200)), max_size=2).map(
            tuple
        ),
        "emotion": st.builds(
            EmotionView, st.floats(0, 1), st.floats(0, 1), emoji=st.lists(TEXTS | st.just("🔥"), max_size=3).map(tuple)
        ),
        "length": st.builds(LengthProfile, st.floats(0.1, 9), st.floats(0, 9), st.floats(0, 9)),
    }
)


@dataclass(frozen=True)
class Script:
    """A fleet and some hours of its life."""

    fleet: FleetSettings
    personas: list[dict[str, Any]]
    quiet: tuple[Window, ...]
    texts: list[str]
    topics: tuple[str, ...]
    hours: int
    pause_s: float
    seed: int

    def play(self) -> VirtualFleet:
        """What came of it: a bot's turn every few seconds, people who speak now and then and call a bot at times."""
        rng = random.Random(self.seed)
        bots = [BotProfile(n, f"bot{n}_bot", f"Bot {n}", "dry", **p) for n, p in enumerate(self.personas, start=1)]
        fleet = VirtualFleet(self._rooms(len(bots)), bots, self.fleet, self.seed)
        now, end, number = START, START + self.hours * HOUR, 0
        next_word = START
        while now < end:
            now += dt.timedelta(seconds=rng.uniform(1, 20))
            fleet.tick(rng.randint(1, len(bots)), now)
            if now >= next_word:
                number += 1
                chat_id = rng.choice((10, 11))
                called = [rng.choice(fleet.rooms[chat_id].members)] if rng.random() < 0.2 else []
                fleet.hear(chat_id, self._word(number, now, rng), called)
                next_word = now + dt.timedelta(seconds=rng.expovariate(1 / self.pause_s))
        fleet.advance(end + HOUR)
        return fleet

    def _rooms(self, bots: int) -> list[Room]:
        muted = frozenset({3, 4})
        everyone = tuple(range(1, bots + 1))
        views = (
            ChatView(10, "Ten", self.topics, (), settings=self.fleet, muted=muted, quiet=self.quiet),
            ChatView(11, "Eleven", (), (), settings=self.fleet, muted=muted, headlines=self.topics),
        )
        return [Room(views[0], everyone), Room(views[1], everyone[: max(1, bots - 1)])]

    def _word(self, number: int, now: dt.datetime, rng: random.Random) -> MessageView:
        author = rng.randint(1, 6)
        return MessageView(
            number,
            number,
            f"Person {author}",
            None,
            rng.choice(self.texts),
            now,
            is_question=rng.random() < 0.3,
            author_id=author,
            sentiment=rng.choice((None, -0.9, 0.0, 0.9)),
        )


SCRIPTS = st.builds(
    Script,
    fleet=SETTINGS,
    personas=st.lists(PERSONAS, min_size=1, max_size=5),
    quiet=WINDOWS,
    texts=st.lists(TEXTS, min_size=1, max_size=6),
    topics=st.lists(TEXTS, max_size=2).map(tuple),
    hours=st.integers(1, 2),
    pause_s=st.floats(5, 900),
    seed=st.integers(0, 2**32),
)
over_random_fleets = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
"""Not shrunk: each try plays for hours, and a failing script is small enough to read."""


def most_within(times, window):
    """The most of `times` that lie within any such window."""
    return max((sum(0 <= (later - first) / window < 1 for later in times) for first in times), default=0)


def no_cap_is_ever_passed(script, fleet):
    given_settings = script.fleet
    for member in fleet.members.values():
        if given_settings.bot_messages_per_hour:
            assert most_within(member.spoke, HOUR) <= given_settings.bot_messages_per_hour
        if given_settings.bot_messages_per_day:
            assert most_within(member.spoke, DAY) <= given_settings.bot_messages_per_day
        assert most_within(member.reacted, HOUR) <= given_settings.reactions_per_hour
    for room in fleet.rooms.values():
        given = [reaction.message_id for _, reaction in room.reactions]
        assert all(given.count(message) <= given_settings.reactions_per_message for message in given)


def no_chat_hears_two_unasked_messages_inside_its_gap_and_no_bot_speaks_unasked_inside_its_cooldown(script, fleet):
    unasked = [said for said in fleet.said if said.plan.urgency == "ambient" and said.message is not None]
    for chat_id in fleet.rooms:
        times = [said.sent_at for said in unasked if said.chat_id == chat_id]
        gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
        assert all(gap >= script.fleet.chat_gap_s for gap in gaps)
    for said in unasked:
        rested = [
            (said.planned_at - at).total_seconds() for at in fleet.members[said.bot_id].spoke if at < said.sent_at
        ]
        assert all(seconds >= script.fleet.cooldown_s for seconds in rested if seconds >= 0)


def no_chain_of_bots_is_longer_than_the_loop_breaker_allows(script, fleet):
    for room in fleet.rooms.values():
        said = {message.telegram_message_id: message for message in room.said}
        for message in room.said:
            length, at = 0, message
            while at is not None and at.author_bot_id is not None:
                length, at = length + 1, said.get(at.reply_to)
            assert length <= script.fleet.loop_depth or length == 1


def muted_people_are_never_answered(_, fleet):
    for said in fleet.said:
        if isinstance(said.plan, Reply | React):
            target = next(m for m in fleet.rooms[said.chat_id].said if m.id == said.plan.message_id)
            assert target.author_id not in {3, 4}


def nobody_speaks_outside_its_active_hours_or_in_a_chats_quiet_ones(_, fleet):
    for said in fleet.said:
        bot, view = fleet.members[said.bot_id].profile, fleet.rooms[said.chat_id].view
        assert not bot.active or is_within(bot.active, said.planned_at, bot.timezone)
        assert not is_within(view.quiet, said.planned_at, view.timezone)


def every_decision_replays_equal_and_every_plan_can_be_carried_out(script, fleet):
    for turn in fleet.turns:
        assert decide(turn.context, turn.now, random.Random(turn.seed)) == turn.decision
    for said in fleet.said:
        if isinstance(said.plan, React):
            assert said.plan.emoji in ALLOWED
        else:
            assert 5 <= said.plan.max_words <= script.fleet.max_words
            assert isinstance(said.plan, Reply) or said.plan.topic.strip()
        assert isinstance(said.plan, OpenTopic | Reply | React)


PROMISES = (
    no_cap_is_ever_passed,
    no_chat_hears_two_unasked_messages_inside_its_gap_and_no_bot_speaks_unasked_inside_its_cooldown,
    no_chain_of_bots_is_longer_than_the_loop_breaker_allows,
    muted_people_are_never_answered,
    nobody_speaks_outside_its_active_hours_or_in_a_chats_quiet_ones,
    every_decision_replays_equal_and_every_plan_can_be_carried_out,
)


@given(script=SCRIPTS)
@over_random_fleets
def test_a_fleet_of_any_kind_keeps_every_promise(script):
    """Each fleet is played once and held against all of them; a failure's traceback names the promise."""
    fleet = script.play()
    for promise in PROMISES:
        promise(script, fleet)


def test_a_fleet_with_room_to_speak_does():
    """So that the promises above are not kept by silence."""
    plain = [{"topics": ("rates",)}, {"topics": ("tea",)}, {"topics": ("gold",)}]
    given_settings = FleetSettings(loop_depth=3, talk_backoff=0, chat_gap_s=30, reaction_probability=0.3)
    fleet = Script(given_settings, plain, (), ["rates?", "well"], (), 4, 60.0, 7).play()
    kinds = {type(said.plan) for said in fleet.said}
    assert kinds == {Reply, OpenTopic, React}
    assert len(fleet.said) > 50
    chains = [m for room in fleet.rooms.values() for m in room.said if m.author_bot_id and m.reply_to is not None]
    assert any(m.reply_to >= 1_000_000 for m in chains)
