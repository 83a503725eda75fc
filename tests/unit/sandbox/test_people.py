"""People: what they say is new each time, every bot gets its turn, and mentions keep to their hours."""

import asyncio
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulation.lines import BotName, Lines
from app.simulation.phrases import ASKERS, TALKERS
from app.simulation.turns import Rounds, stagger, turn_times
from sandbox.people.crowd import Crowd, Habits, account_of, pick_chats
from sandbox.people.town import ChatPlace, TownError

BOTS = tuple(BotName(100 + n, f"bot_{n}_bot", f"Helper {n}") for n in range(5))
SHY = BotName(200, "shy_bot", "Shy One", hears_name=False)


class Square:
    """A town that keeps what was said in it; `broken` makes every word fail."""

    def __init__(self, chats: list[ChatPlace]) -> None:
        self._chats = chats
        self.said: list[tuple[float, int, int, str, str | None]] = []
        self.people: list[str] = []
        self.broken = False

    async def chats(self) -> list[ChatPlace]:
        return self._chats

    async def add_person(self, first_name: str, username: str) -> int:
        self.people.append(first_name)
        return len(self.people)

    async def say(self, chat_id: int, person_id: int, text: str, label: str | None = None) -> None:
        if self.broken:
            raise TownError("POST /chats: chat not found")
        now = asyncio.get_running_loop().time()
        self.said.append((now, chat_id, person_id, text, label))


class OwnTime(asyncio.SelectorEventLoop):
    """A loop whose seconds pass at once, as soon as nobody has anything to do: a busy machine changes nothing."""

    _now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self._now = max(self._now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def live(square: Square, habits: Habits) -> tuple[Crowd, list[str]]:
    complaints: list[str] = []
    crowd = Crowd(square, habits, random.Random(3), complaints.append)  # type: ignore[arg-type]
    with asyncio.Runner(loop_factory=OwnTime) as runner:
        runner.run(crowd.live())
    return crowd, complaints


def test_thousands_of_lines_never_repeat() -> None:
    lines = Lines(random.Random(1))
    said = [lines.address(BOTS[0]) for _ in range(3000)] + [lines.chat(avoid=()) for _ in range(2000)]
    assert len(set(said)) == len(said)


def test_half_of_the_lines_use_the_username_and_half_the_display_name() -> None:
    lines = Lines(random.Random(1))
    said = [lines.address(bot) for bot in BOTS * 20]
    assert sum(line.startswith("@bot_") for line in said) == 50
    assert sum(line.startswith("Helper ") for line in said) == 50


def test_a_bot_in_privacy_mode_is_always_called_by_its_username() -> None:
    lines = Lines(random.Random(1))
    assert all(lines.address(SHY).startswith("@shy_bot ") for _ in range(40))


def test_small_talk_names_no_bot() -> None:
    lines = Lines(random.Random(1))
    for _ in range(300):
        text = lines.chat(avoid=["Chess", "someone", ""])
        assert "chess" not in text.lower()
        assert "someone" not in text.lower()


def test_the_same_seed_says_the_same() -> None:
    first, second = Lines(random.Random(9)), Lines(random.Random(9))
    assert [first.address(bot) for bot in BOTS] == [second.address(bot) for bot in BOTS]


@given(st.integers(1, 12), st.integers(1, 60), st.integers())
def test_every_bot_gets_its_turn_before_any_comes_again(count: int, turns: int, seed: int) -> None:
    bots = [BotName(n, f"bot{n}", f"Bot {n}") for n in range(count)]
    rounds = Rounds(random.Random(seed))
    taken = [bot.id for bot in (rounds.take(bots) for _ in range(turns)) if bot]
    assert len(taken) == turns
    assert max(Counter(taken).values()) - min(Counter(dict.fromkeys(range(count), 0) | Counter(taken)).values()) <= 1
    assert count == 1 or all(one != other for one, other in pairwise(taken))


def test_bots_that_leave_lose_their_turn_and_new_ones_come_in() -> None:
    rounds = Rounds(random.Random(1))
    rounds.take(BOTS)
    assert rounds.take([SHY]) == SHY
    assert rounds.take([]) is None


def test_turns_come_evenly_and_end_before_the_end() -> None:
    assert list(turn_times(6, 2, 20)) == [2, 8, 14]
    assert list(turn_times(0, 2, 20)) == []
    assert list(turn_times(6, 20, 20)) == []


def test_chats_begin_at_phases_of_their_own() -> None:
    assert [stagger(10, 6, place, 3) for place in range(3)] == [10, 12, 14]


def test_mentions_are_labelled_spread_over_chats_and_keep_the_end_quiet() -> None:
    square = Square([ChatPlace(-1, "one", BOTS[:2]), ChatPlace(-2, "two", BOTS[2:])])
    habits = Habits(duration=2, mention_every=0.4, quiet_end=0.8)
    crowd, complaints = live(square, habits)
    assert not complaints
    assert crowd.tally.mentions == len(square.said) == 6
    assert max(said[0] for said in square.said) - square.said[0][0] < 1.2
    for chat_id, bots in ((-1, BOTS[:2]), (-2, BOTS[2:])):
        labels = [label for _, chat, _, _, label in square.said if chat == chat_id]
        assert len(labels) == 3
        assert set(labels) <= {f"mention:{bot.id}" for bot in bots}


def test_small_talk_has_no_label_and_comes_from_people_who_ask_nothing() -> None:
    square = Square([ChatPlace(-1, "one", BOTS), ChatPlace(-2, "two", BOTS)])
    habits = Habits(duration=0.3, mention_every=0.05, chatter_every=0.05, chatter_chats=(-2,))
    crowd, _ = live(square, habits)
    talk = [said for said in square.said if said[4] is None]
    assert crowd.tally.small_talk == len(talk) > 2
    assert {chat for _, chat, _, _, _ in talk} == {-2}
    askers = {person for _, _, person, _, label in square.said if label}
    assert not askers & {person for _, _, person, _, _ in talk}


def test_a_failed_post_is_told_and_the_run_goes_on() -> None:
    square = Square([ChatPlace(-1, "one", BOTS), ChatPlace(-2, "empty", ())])
    square.broken = True
    crowd, complaints = live(square, Habits(duration=0.2, mention_every=0.1))
    assert crowd.tally.failed == len(complaints) == 4
    assert any("no bot is in it" in complaint for complaint in complaints)
    assert any("chat not found" in complaint for complaint in complaints)


def test_nobody_is_called_like_a_bot() -> None:
    square = Square([ChatPlace(-1, "one", (BotName(1, "mira_bot", "Mira"),))])
    live(square, Habits(duration=0.05, mention_every=0))
    assert "Mira" not in square.people
    assert len(square.people) == len(ASKERS) + len(TALKERS) - 1 == 24


def test_an_unknown_chat_and_an_empty_town_are_explained() -> None:
    with pytest.raises(TownError, match=r"--chat -5: no such chat; there are -1"):
        pick_chats([ChatPlace(-1, "one", ())], [-5])
    with pytest.raises(TownError, match="no chat yet"):
        pick_chats([], [])


def test_usernames_are_plain_and_differ() -> None:
    usernames = {account_of(name)[1] for name in (*ASKERS, *TALKERS)}
    assert len(usernames) == 25
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in usernames)
