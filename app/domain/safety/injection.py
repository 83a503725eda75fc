"""Detection of prompt injection in messages, names, quotes, captions and titles.

"Ignore all previous instructions" is addressed to the model, not to the group. Such a span is removed from the prompt,
and the words that it demanded are searched in the answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from app.domain.conversation.views import MessageView
from app.domain.safety.folding import fold, unmask
from app.domain.safety.readings import SEPARATORS, is_masked, read_words

REMOVED = "[instruction removed]"
ORDERED = (
    r"(?:instructions?|prompts?|rules?(?! of)|guidelines?|directives?|orders?|commands?|directions?|persona\w*|"
    r"context|training|programming|system message|talimat\w*|komut\w*|kural\w*|yonerge\w*|istem\w*|personan\w*|"
    r"rolun\w*)"
)
VERBS = r"(?:say|reply|answer|respond|write|output|print|repeat)"
COMMANDS = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass|discard|overrule|abandon)\b[^.!?\n]{{0,40}}?\b(?:(?:all|any|"
    r"every|the|your|those|these|my|previous|prior|above|earlier|preceding|system|former|"
    rf"existing) ){{1,4}}{ORDERED}\b|\b(?:ignore|disregard|forget) (?:everything|all|anything|"
    rf"what) (?:\w+ ){{0,3}}(?:above|before|so far|told|said|previously)\b|\b(?:print|reveal|show|repeat|output|"
    r"display|leak|dump|tell|give|share|quote|recite|paste|expose|write out|"
    rf"send) (?:\w+ ){{0,4}}?(?:your (?:\w+ ){{0,3}}?(?:prompt|instructions?|system message|rules|configuration|"
    rf"persona)|the (?:\w+ ){{0,3}}?(?:system prompt|prompt|system message|hidden rules|rules verbatim))\b|"
    r"\b(?:you are|you're) now (?:an?|the|called|named|free|in \w+ mode|dan)\b|\b(?:act as|pretend (?:to be|"
    r"you are)|roleplay as) (?:an?|the|if|my) |\bfrom now on,? (?:you (?:are|will|must|only|answer|speak|say|"
    rf"write)|{VERBS}|speak)\b|\b(?:developer|debug|god|jailbreak|dan|unrestricted|maintenance) mode\b|"
    r"\bnew (?:system )?(?:instructions?|prompt|rules|directive|task|persona)\s*[:;]|(?:^|[\n\[<|#]\s*)(?:system|"
    r"assistant|developer)(?:\s*(?:prompt|message|note|override))?\s*[:\]>|]|<\|\w+\|>|\[/?inst\]|"
    rf"\b{VERBS}(?: (?:back|only|just|exactly|with|after me))* (?:the (?:word|words|phrase|following|code)|"
    rf"nothing but|exactly)\b|\b{VERBS}(?: (?:only|just|exactly|back|with|after me))+\s*[:\"']|\b(?:the (?:bot|ai|"
    rf"model|assistant)|bots?) (?:must|have to|shall) (?:now |only |always |instead )*(?:{VERBS}|obey|ignore)\b|"
    rf"\b(?:onceki|yukaridaki|tum|butun|verilen|sistem|eski) (?:\w+ ){{0,3}}?{ORDERED} (?:\w+ )?(?:unut|yok say|"
    r"gormezden gel|dikkate alma|bosver|birak|iptal et|sil)\w*|\b(?:sistem|gizli|ilk) (?:mesaj|komut|istem|"
    r"talimat|prompt)\w* (?:\w+ )?(?:yaz|goster|paylas|soyle|tekrarla|yazdir|acikla)\w*|\b(?:prompt|talimat|"
    r"komut)(?:unu|ini|larini|lerini) (?:\w+ )?(?:yaz|goster|paylas|soyle|tekrarla|yazdir)\w*|\b(?:artik|"
    r"bundan sonra|simdiden sonra) (?:sen )?(?:bir |\w+ gibi )?(?:\w+ )?(?:olacaksin|davran|cevap ver|"
    r"konusacaksin)\w*|\b(?:artik|bundan sonra) sen bir \w+|\b(?:sadece|yalnizca|aynen) (?:sunu|bunu|su kelimeyi|"
    r"\W?\w+\W?) (?:soyle|yaz|tekrarla)(?:yin|iniz)?\b"
)
STEMS = re.compile(
    "ignor|disregard|forget|overrid|bypass|discard|overrul|abandon|prompt|instruct|systemmes|rules|config|persona|"
    "directive|newtask|newsystemtask|arenow|yourenow|fromnowon|actas|pretend|roleplay|mode|system|assistant|developer|"
    "inst|theword|thephrase|thefollowing|thecode|nothingbut|exactly|must|haveto|shall|talimat|komut|kural|yonerge|"
    "istem|rolun|mesaj|artik|sonra|sadece|yalnizca|aynen|"
    "(?:say|reply|answer|respond|write|output|print|repeat)(?:only|just|back|with|afterme)"
)
"""Prefilter: every text that COMMANDS matches holds one of these, without non-letters. Most texts hold none, and a
prompt has many texts."""

SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?\n]+|$)")
DEMANDED = re.compile(
    r"\b(?:say|reply|answer|respond|write|output|print|repeat|post|send|include|append|type|shout|start with|"
    r"end with|soyle|yaz|tekrarla|cevap ver|de)\b(?: (?:back|only|just|exactly|nothing but|with|the (?:word|words|"
    r"phrase|text|following|code)|this|sunu|bunu|"
    r"ki))*\s*[:\-]?\s*[\"'“”«‘’`]?([^\"“”«»`\n]{3,120}?)[\"'“”»’`]?\s*(?:$|[.!?\n]|\b(?:and|then|ve|sonra)\b)",
    re.IGNORECASE,
)
DEMANDED_LAST = re.compile(
    r"\b(?:sadece|yalnızca|yalnizca|aynen|şunu|sunu|bunu)\b[\s:]*[\"'“]?([^\"“”\n.!?]{3,80}?)[\"'”]?\s+"
    r"(?:yaz|söyle|soyle|tekrarla|de)(?:yin|in|iniz)?\b",
    re.IGNORECASE,
)
"""Pattern for Turkish, where the verb follows the demanded words."""

QUOTED = re.compile(r"[\"“«‘`']([^\"”»’`\n]{3,120})[\"”»’`']")
COMMON_WORDS = frozenset(
    """
    a an and are as at be for from hello hi i in is it me my of ok okay on or our please so system prompt rules that the
    them this to us we what with yes no you your instructions everything above following full entire hidden
    """.split()
)
RUN = 5
TELLING_LETTERS = 8


@lru_cache(maxsize=16384)
def is_instruction(text: str) -> bool:
    """Returns whether a text (unfolded) holds an instruction to a model."""
    folded = fold(text)
    if STEMS.search(SEPARATORS.sub("", folded)) is None and not is_masked(folded):
        return False
    return any(COMMANDS.search(reading) is not None for reading in read_words(folded))


@lru_cache(maxsize=4096)
def neutralise(text: str) -> str:
    """Removes the sentences of `text` from the first instruction to a model on; those before it are kept."""
    if not is_instruction(text):
        return text
    kept = []
    for match in SENTENCE.finditer(text):
        if is_instruction(match[0]):
            break
        kept.append(match[0])
    before = "".join(kept).strip()
    if is_instruction(before) or len(kept) == len(SENTENCE.findall(text)):
        before = ""
    return f"{before} {REMOVED}".strip()


def screen(message: MessageView) -> MessageView:
    """Returns a message for a prompt, without instructions to a model in its text and its author's name."""
    text, author = neutralise(message.text), neutralise(message.author)
    return message if (text, author) == (message.text, message.author) else replace(message, text=text, author=author)


def find_demands(text: str) -> tuple[str, ...]:
    """Returns the words that an instruction in `text` demands; none when there is no instruction."""
    if not is_instruction(text):
        return ()
    seen = unmask(text)
    found = [match[1] for pattern in (DEMANDED, DEMANDED_LAST, QUOTED) for match in pattern.finditer(seen)]
    return tuple(dict.fromkeys(demand for phrase in found if (demand := _bare(phrase)) and _is_telling(demand)))


def obeys(text: str, demands: tuple[str, ...]) -> bool:
    """Returns whether `text` holds a demand, or a run of five words of it."""
    if not demands:
        return False
    said = [f" {_bare(reading)} " for reading in read_words(fold(text))]
    if any(f" {part} " in reading for demand in demands for part in _parts(demand) for reading in said):
        return True
    run_together = said[0].replace(" ", "")
    return any(len(letters) >= TELLING_LETTERS and letters in run_together for letters in map(_letters, demands))


def _letters(demand: str) -> str:
    return demand.replace(" ", "")


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


def _is_telling(demand: str) -> bool:
    """Returns whether repeating the demand shows obedience: it is more than words of everyday messages."""
    return any(word not in COMMON_WORDS and len(word) > 2 for word in demand.split())


def _parts(demand: str) -> list[str]:
    words = demand.split()
    return [" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))]
