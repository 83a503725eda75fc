"""The bots that a check of the whole fleet queries Telegram about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db import SessionFactory
from app.domain.fleet.accounts import BotProblem
from app.repositories.fleet import bot_problems, tokens
from app.repositories.fleet.tokens import TokenTarget
from app.repositories.settings.overrides import read_update_mode


@dataclass(frozen=True, slots=True)
class FleetSample:
    """All bots, those to query, their chats (Telegram's id, title), the update mode, and stored problems, by bot."""

    all: Sequence[TokenTarget]
    asked: Sequence[TokenTarget]
    places: Mapping[int, Sequence[tuple[int, str]]]
    mode: str
    problems: Mapping[int, BotProblem]


def sample_fleet(sessions: SessionFactory, bots: int | None = None, places: int | None = None) -> FleetSample:
    """Returns at most `bots` bots, least recently checked first, and `places` chats of each; None is all."""
    with sessions() as session:
        everyone = tokens.list_targets(session)
        asked = everyone if bots is None else tokens.sample_targets(session, bots)
        found: dict[int, list[tuple[int, str]]] = {}
        for bot_id, telegram_chat_id, title in tokens.places(session, [bot.id for bot in asked]):
            known = found.setdefault(bot_id, [])
            if places is None or len(known) < places:
                known.append((telegram_chat_id, title))
        return FleetSample(everyone, asked, found, read_update_mode(session), bot_problems.list_problems(session))
