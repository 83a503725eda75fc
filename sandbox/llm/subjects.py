"""What an item is about: the subject in words, its field, and where the persona stands on it."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.llm.prompts import Item, Stance
from sandbox.llm.turns import Stand, Stock, Topic
from sandbox.llm.words import LEFT_OUT, find_telling_words

LONGEST_SUBJECT = 3
"""Words, not counting an article."""

ARTICLES = frozenset({"the"})
SENTENCE = re.compile(r"[^.!?,;:()\n]+")
WORD = re.compile(r"[\w'’-]+")
ALONE = re.compile(r"\s*([^.!?,;:()\n]+)\?")
"""A subject that is asked about, or opened, in words of its own: "Night trains?"."""

TURKISH = re.compile(r"[çğışöüÇĞİŞÖÜ]")
LEAST_STEM = 4
LONGEST_SUFFIX = 5
UNSURE_BELOW = 0.4


@dataclass(frozen=True)
class Subject:
    """`phrase` is what the turn is about, `stance` the persona's own opinion of it, if any, `stand` its direction."""

    phrase: str
    topic: Topic
    stand: Stand
    stance: Stance | None


def find_subject(item: Item, stock: Stock, rng: random.Random) -> Subject:
    """Returns what the answer to an item should be about; equal items get equal subjects."""
    phrase = _phrase_of(item, stock, rng)
    stance = _stance_on(phrase, item)
    return Subject(phrase, _topic_of(phrase, item, stock), _stand(item, phrase, stance, stock), stance)


def _phrase_of(item: Item, stock: Stock, rng: random.Random) -> str:
    persona, chat, target = item.persona, item.chat, item.task.target
    if target is None:
        return item.task.topic or rng.choice(persona.topics or chat.topics or (str(stock.words["something"]),))
    known = (*(stance.topic for stance in persona.stances), *persona.topics, *chat.topics)
    named = [topic for topic in known if topic and _names(topic, target.text, stock.language)]
    if named:
        return max(named, key=len)
    if phrase := _framed(target.text, stock, persona.name):
        return phrase
    asked = "?" in target.text and not target.is_bot and not (stock.language == "en" and TURKISH.search(target.text))
    words = find_telling_words(target.text, (persona.name,)) if asked else ()
    return next((word for word in words if " " in word), words[0] if words else str(stock.words["something"]))


def _names(topic: str, text: str, language: str) -> bool:
    """Whether a text has the topic as whole words; Turkish words may have suffixes."""
    ending = r"" if language == "tr" else r"s?(?!\w)"
    return re.search(rf"(?<!\w){re.escape(topic)}{ending}", text, re.IGNORECASE) is not None


def _framed(text: str, stock: Stock, name: str) -> str:
    """Returns the words that stand where a subject stands in a question or remark; empty when there are none."""
    if stock.language == "en" and TURKISH.search(text):
        return ""
    stop = frozenset({*stock.words["stop"], *name.lower().split()})
    if (alone := ALONE.match(text)) and (phrase := _last_words(alone[1], stop)) == alone[1].lower():
        return phrase
    for clause in SENTENCE.findall(LEFT_OUT.sub(" . ", text)):
        lower = clause.lower()
        for frame in stock.words["after_subject"]:
            found = re.search(rf"\s{re.escape(frame)}(?!\w)", lower)
            if found and (phrase := _last_words(clause[: found.start()], stop)):
                return phrase
        for frame in stock.words["before_subject"]:
            found = re.search(rf"(?<!\w){re.escape(frame)}\s+", lower)
            if found and (phrase := _first_words(clause[found.end() :], stop)):
                return phrase
    return ""


def _first_words(text: str, stop: frozenset[str]) -> str:
    words: list[str] = []
    for word in WORD.findall(text):
        if word.lower() in ARTICLES and not words:
            words.append(word)
        elif _is_stop(word, stop) or len([one for one in words if one.lower() not in ARTICLES]) == LONGEST_SUBJECT:
            break
        else:
            words.append(word)
    return _clean(words)


def _last_words(text: str, stop: frozenset[str]) -> str:
    words: list[str] = []
    for word in reversed(WORD.findall(text)):
        if _is_stop(word, stop) or len(words) == LONGEST_SUBJECT:
            break
        words.insert(0, word)
    return _clean(words)


def _is_stop(word: str, stop: frozenset[str]) -> bool:
    return word.lower() in stop or "'" in word or "’" in word


def _clean(words: list[str]) -> str:
    telling = [word for word in words if word.lower() not in ARTICLES]
    if not any(len(word) >= LEAST_STEM for word in telling):
        return ""
    first = words[0].lower() if words[0].istitle() and words[0].isascii() else words[0]
    return " ".join([first, *words[1:]])


def _topic_of(phrase: str, item: Item, stock: Stock) -> Topic:
    target = item.task.target
    places = (phrase, target.text if target else "", f"{item.chat.title} {' '.join(item.chat.topics)}")
    for text in places:
        found = [(topic, sum(_occurs(word, text) for word in topic.words)) for topic in stock.topics]
        best, hits = max(found, key=lambda pair: pair[1])
        if hits:
            return best
        if phrase != stock.words["something"]:
            break
    return stock.topics[-1]


def _occurs(word: str, text: str) -> bool:
    """Whether a word, or a longer form of it with a suffix, stands in a text."""
    lower = text.lower()
    if " " in word or "-" in word:
        return word in lower
    for token in WORD.findall(lower):
        if token == word or (
            len(word) >= LEAST_STEM and token.startswith(word) and len(token) - len(word) <= LONGEST_SUFFIX
        ):
            return True
    return False


def _stance_on(phrase: str, item: Item) -> Stance | None:
    said = (stance for stance in item.persona.stances if stance.topic and any(map(str.isalpha, stance.position)))
    return next((stance for stance in said if stance.topic.lower() in phrase.lower()), None)


def _stand(item: Item, phrase: str, stance: Stance | None, stock: Stock) -> Stand:
    """Returns the stand that the persona's own words tell, else one that it always has on this subject."""
    if stance is not None:
        words = {word.lower() for word in WORD.findall(stance.position)}
        likes, dislikes = _any(words, stock.words["for_words"]), _any(words, stock.words["against_words"])
        sure = stance.confidence is None or stance.confidence >= UNSURE_BELOW
        return "for" if likes and sure and not dislikes else "against" if dislikes and sure and not likes else "unsure"
    stands: tuple[Stand, ...] = ("for", "against", "unsure")
    return random.Random(f"{item.persona.name} {phrase.lower()}").choice(stands)


def _any(words: set[str], signs: Iterable[str]) -> bool:
    return not words.isdisjoint(signs)
