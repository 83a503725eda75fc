"""Detection of questions and of requests for an opinion, in English and Turkish."""

from __future__ import annotations

import re

from app.domain.analysis.letters import fold_letters

QUESTION_MARK = re.compile(r"\?(?![\w.%-]*=)")
"""A question mark that does not begin the query of a URL."""

OPENER = re.compile(
    r"^(?:@?\w+[,:]\s*|(?:hey|hi|so|and|but|ok|well|guys|folks|peki|ya|abi|arkadaslar|arkadaşlar)[,\s]+)?"
    r"(?:who|whose|what|when|where|why|how|which|is|are|am|was|were|do|does|did|can|could|should|would|will|has|have|had|"
    r"isn't|aren't|don't|doesn't|didn't|won't|can't|shouldn't|any(?:one|body|\s+(?:idea|thoughts|news|tips))|"
    r"(?:who|what|when|where|why|how)'?(?:s|re|d)|"
    r"kim(?:in|i|e|ler)?|ne|neden|niye|ni[cç]in|nasil|hangi(?:si|niz)?|ka[cç]|nere(?:de|ye|den|si)|bilen var)"
    r"(?!\w|')"
)
PARTICLE = re.compile(r"\bm[iuü](?:y[iuü]z|s[iuü]n(?:[iuü]z)?|y[iuü]m|yd[iuü]|ym[iuü]ş)?\b(?:\s+\w+){0,2}[\s.!…]*$")
"""The Turkish particle, which may be followed by a word or two: "alınır mı sizce"."""

ENDING = re.compile(
    r"\b(?:right|huh|or not|or what|any ideas?|ne kadar|ne zaman|ka[cç] (?:para|lira|dolar)|nasil|neden|niye|nerede|"
    r"hangisi|ne oldu|ne olur|ne dersiniz|ne diyorsunuz|var m[iuü])[\s.!…]*$"
)
NO_QUESTION = re.compile(
    r"^(?:what a\b|how (?:nice|cute|lovely|funny)\b|ne g[uü]zel\b|ne yaz[iı]k\b|ha(?:ve|d) (?:a|to)\b)"
)

THINKS = r"(?:think|agree|feel|reckon|recommend|prefer|like|rate|say|buy|sell|hold|trust|make of)"
ASKED_FOR = r"(?:thoughts|opinions?|views?|takes?|ideas|advice|tips|recommendations?)"
OPINION_ENGLISH = (
    rf"\b(?:do|does|did|would|dont|don't) (?:you|u|y'?all|everyone|everybody|anyone)(?: \w+){{0,2}} {THINKS}\b",
    rf"\b{ASKED_FOR}(?: (?:on|about)\b[^?]{{0,60}})?\s*\?",
    rf"\b(?:any|your|ur) {ASKED_FOR}\b",
    r"\b(?:wdyt|you guys think|am i wrong|should (?:i|we))\b|\bagree\?",
    r"\b(?:is|are|was) (?:it|this|that|they|he|she) (?:still )?worth\b|\bworth it\b.{0,40}\?",
    r"\bwhich one is\b|\bwhich(?: one)? (?:do you|would you|should (?:i|we))\b",
    r"\bwhat would you (?:do|pick|choose|buy)\b|\bwhat(?:'s| is) (?:your|the best|better)\b",
)
OPINION_TURKISH = (
    r"\b(?:sizce|sence)\b",
    r"\bne (?:d[uü]ş[uü]n[uü]yor|dusunuyor|dersin|diyorsun|diyon|yapayim|yapmali|[oö]nerir)",
    r"\b(?:fikr|g[oö]r[uü]ş|gorus|yorum|tavsiye|[oö]neri)"
    r"(?:i|in|iniz|leriniz|niz|n|si|ler|m|um|[uü]n[uü]z|unuz){0,3}\b[^.!]{0,40}(?:\?|\bne\b|\bnedir\b|\bvar m[iuü]\b)",
    r"\b(?:al|sat|tut|bekle|git|yap)"
    r"(?:[iuü]n[iuü]r|[iuü]l[iuü]r|ar|ay[iuü]m|al[iuü]m|mal[iuü](?:y[iuü]m)?|sam|sak|n[iuü]r)? m[iuü](?:y[iuü][mz])?\b",
    r"\b(?:mantikli|iyi|de[gğ]er|do[gğ]ru|[oö]nerir|katiliyor|tavsiye eder) m[iuü]",
)
OPINION = re.compile("|".join((*OPINION_ENGLISH, *OPINION_TURKISH)))


def is_question(text: str) -> bool:
    """Returns whether `text` has a question mark, opens with a question word, or ends in the Turkish particle."""
    if QUESTION_MARK.search(text):
        return True
    folded = fold_letters(text).strip().replace("’", "'")
    if NO_QUESTION.search(folded):
        return False
    return bool(OPENER.match(folded) or PARTICLE.search(folded) or ENDING.search(folded))


def asks_opinion(text: str) -> bool:
    """Returns whether `text` asks what others think, like or would do, with or without a question mark."""
    return OPINION.search(fold_letters(text).replace("’", "'")) is not None
