"""What a tick sees of the money that is left."""

from __future__ import annotations

from app.domain.money import DailyBudget, Saving
from tests.unit.domain.scenes import chat, context, message

SPENT, HALF = DailyBudget(100, 100), DailyBudget(50, 100)


def test_a_bot_saves_in_a_chat_as_the_scarcest_of_fleet_bot_and_that_chat_wants() -> None:
    seen = context(
        fleet_budget=HALF,
        bot_budget=HALF,
        chats=(chat(10, message(1), daily_budget=SPENT), chat(11, message(2), daily_budget=HALF)),
    )
    assert seen.saving_in(10) is max(Saving)
    assert seen.saving_in(11) is seen.saving is HALF.saving
