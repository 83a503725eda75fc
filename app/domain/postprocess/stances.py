"""Check that a message does not contradict a confident stance of its persona.

Conservative: only confident stances count, only sentences that name the topic, and only if position and sentence
each are clearly for or against.
"""

from __future__ import annotations

import re

from app.domain.analysis.letters import fold_letters
from app.domain.fleet.persona import StanceView
from app.domain.postprocess.context import DraftContext

FIRM = 0.7
"""Confidence from which on a stance must not be contradicted."""

SENTENCE = re.compile(r"[^.!?\n]+")
WORD = re.compile(r"[^\W\d_]+(?:'\w+)?")
GOOD = re.compile(
    r"(?:bullish|positive|optimis|favou?r|lik(?:e|es|ed)$|lov(?:e|es|ed|ing)$|good$|great$|strong|ris(?:e|es|"
    r"ing)$|rose$|higher$|underrated|undervalued|cheap|buy|buying|support|recover|grow|gain|keeps$|win|wins$|"
    r"best$|better$|olumlu|iyimser|guclu|yuksel|ucuz|artar|artacak|deger(?:li|ini)|korur|destekl|sever|iyi(?:dir|"
    r"lesi\w*)?$|kazan|guven)"
)
BAD = re.compile(
    r"(?:bearish|negative|pessimis|against$|dislik|hat(?:e|es|ed)$|bad$|weak|fall|fell$|drop|lower$|overrated|"
    r"overvalued|expensive|sell|selling|avoid|collaps|declin|shrink|los(?:e|es|ing)$|worst$|worse$|worthless|"
    r"useless|olumsuz|kotumser|zayif|dus(?:er|ecek|uyor)|pahali|azal|degersiz|karsi(?:yim)?$|kotu|kaybe|coker|"
    r"batar)"
)
TURNS = frozenset("not no never isn't doesn't don't won't can't cannot hardly nor without n't wasn't aren't".split())
TURNS_AFTER = frozenset("degil yok degildir".split())
UNSURE = re.compile(
    r"\?|\b(?:if|some|others?|they|people|used to|might|may|could|maybe|perhaps|but|although|though|while|unless|"
    r"until|eger|bazilari|belki|ama|fakat|ancak|derler|olabilir|kimileri)\b"
)
FOLD = str.maketrans("çğıöşüâîû", "cgiosuaiu")


def contradicts_a_stance(text: str, context: DraftContext) -> str | None:
    """Refuses a text that contradicts a confident stance."""
    firm = [stance for stance in context.stances if stance.confidence >= FIRM]
    return "contradicts_a_stance" if any(_contradicts(text, stance) for stance in firm) else None


def _contradicts(text: str, stance: StanceView) -> bool:
    held = lean_of(stance.position)
    topic = _fold(stance.topic).strip()
    if not held or not topic:
        return False
    about = [sentence for sentence in SENTENCE.findall(_fold(text)) if re.search(rf"\b{re.escape(topic)}", sentence)]
    if not about or any(UNSURE.search(sentence) for sentence in about) or "?" in text:
        return False
    return any(lean_of(sentence) == -held for sentence in about)


def lean_of(text: str) -> int:
    """Returns 1 for a text that is only positive, -1 for one that is only negative, 0 for every other."""
    words = WORD.findall(_fold(text))
    signs = {_sign(words, place) for place in range(len(words))} - {0}
    return signs.pop() if len(signs) == 1 else 0


def _sign(words: list[str], place: int) -> int:
    sign = (GOOD.match(words[place]) is not None) - (BAD.match(words[place]) is not None)
    before, after = words[max(0, place - 3) : place], words[place + 1 : place + 2]
    turned = not TURNS.isdisjoint(before) or not TURNS_AFTER.isdisjoint(after)
    return -sign if turned else sign


def _fold(text: str) -> str:
    return fold_letters(text).replace("’", "'").translate(FOLD)
