"""The analysis of one message: language, sentiment, questions, topics, symbols and handles."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.analysis.addressing import HANDLE
from app.domain.analysis.language import find_language
from app.domain.analysis.questions import asks_opinion, is_question
from app.domain.analysis.sentiment import find_sentiment
from app.domain.analysis.symbols import find_symbols
from app.domain.analysis.topics import find_topics

MENTIONS = 20
TOPICS = 10
SYMBOLS = 20


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The vocabulary of a chat: topics of the chat and its bots, the bots' watchlists, and languages.

    No `languages` means all known ones.
    """

    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    watchlist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The features of a message. `sentiment` is from -1 to 1; it and `language` are None if unknown.

    `topics` are spelled as in the vocabulary, `symbols` in capitals, `handles` without @ and in lower case.
    """

    language: str | None
    sentiment: float | None
    is_question: bool
    asks_opinion: bool
    symbols: tuple[str, ...]
    topics: tuple[str, ...]
    handles: tuple[str, ...]


NOWHERE = Vocabulary()


def analyse(text: str, vocabulary: Vocabulary = NOWHERE) -> Analysis:
    """Analyses `text` (any Unicode) in a chat with this vocabulary."""
    language = find_language(text, vocabulary.languages)
    handles = dict.fromkeys(handle.lower() for handle in HANDLE.findall(text))
    return Analysis(
        language=language,
        sentiment=find_sentiment(text, language),
        is_question=is_question(text),
        asks_opinion=asks_opinion(text),
        symbols=find_symbols(text, vocabulary.watchlist)[:SYMBOLS],
        topics=find_topics(text, vocabulary.topics)[:TOPICS],
        handles=tuple(handles)[:MENTIONS],
    )
