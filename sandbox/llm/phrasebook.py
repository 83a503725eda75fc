"""The structure of a phrasebook: the parts of sentences in one language."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrasebook:
    """Parts of sentences in one language. Slots in braces are filled from the item:

    `asker` (author of the target), `word` (a keyword of it), `topic`, `symbol`, `position`, `sure` (a confidence in
    words), `recent` (a word the chat used lately).
    """

    openers: Mapping[str, tuple[str, ...]]
    reply_leads: tuple[str, ...]
    topic_leads: tuple[str, ...]
    stances: tuple[str, ...]
    symbols: tuple[str, ...]
    holdings: tuple[str, ...]
    recents: tuple[str, ...]
    thoughts: tuple[str, ...]
    second_thoughts: tuple[str, ...]
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    about_being_a_bot: tuple[str, ...]
    about_profit: tuple[str, ...]
    address_words: frozenset[str]
    bot_words: frozenset[str]
    profit_words: frozenset[str]
    positions: Mapping[str, str]
    sureness: tuple[str, str, str]
    someone: str
    something: str
