"""Answers to fleet commands in the chat's language: English and Turkish so far, from command_texts.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from app.domain.analysis.commands import FleetCommand
from app.domain.fleet.persona import BotProfile

FALLBACK = "en"
TONE_CHARACTERS = 120
TOPICS = 3


def render_answer(command: FleetCommand, language: str, answering: BotProfile, operator: str = "") -> str:
    """Returns the answer of `answering` to a command that was carried out.

    It is in `language` (ISO 639-1, a region is ignored) or, if there are no texts in it, in English. `operator` is the
    operator's own text on who runs the installation and how to reach them.
    """
    texts = _texts(language)
    name = f"{command.word}_one" if command.bot_id is not None and f"{command.word}_one" in texts else command.word
    return (
        texts[name]
        .strip()
        .format(
            name=answering.display_name,
            bot=answering.display_name,
            operator=operator or texts["operator"],
            character=_character(texts, answering),
        )
    )


def _character(texts: Mapping[str, str], bot: BotProfile) -> str:
    sentences = [texts["character"].format(tone=bot.tone[:TONE_CHARACTERS].rstrip(". "))]
    if bot.topics:
        sentences.append(texts["topics"].format(topics=", ".join(bot.topics[:TOPICS])))
    return " ".join(sentences)


def list_menus() -> Mapping[str, Mapping[str, str]]:
    """Returns Telegram's command menus by language: each command with its description; "" is the fallback."""
    menus = _load()["menu"]
    return {"": menus[FALLBACK], **{language: menu for language, menu in menus.items() if language != FALLBACK}}


def _texts(language: str) -> Mapping[str, str]:
    texts = _load()["answers"]
    return texts.get(language.partition("-")[0].lower(), texts[FALLBACK])


@lru_cache(maxsize=1)
def _load() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    source = resources.files(__package__).joinpath("command_texts.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)
