"""Claims to be a person, and calls to the whole group."""

from __future__ import annotations

import re

from app.domain.safety.clauses import SUPPOSED, is_denied, split_clauses, split_sentences

ME = r"(?:i(?:'?m| am)|im)"
MACHINE = (
    r"(?:bot|robot|machine|a\.?i\.?|chat ?bot|llm|language model|program|computer|algorithm|software|script|automated)"
)
PERSON = (
    r"(?:human(?: being)?s?|persons?|people|man|woman|guy|girl|dude|lady|homo sapiens|individual|flesh and blood|"
    r"flesh[- ]and[- ]blood \w+|mortal)"
)
REAL = (
    r"(?:real|actual|living|breathing|genuine|true|normal|regular|ordinary|flesh[- ]and[- ]blood|very|"
    r"honest|fellow|100%|real[- ]life|bona fide|live)"
)
AFTER_NAME = (
    r"(?= *$| *[.,!?;:)…\"]| (?:and|but|so|or|like|just|at all|i|trust|promise|ok|okay|lol|here|you|too|"
    r"though|btw|bro|man|mate|my|who|behind|with|after|if|in|from|same|typing|writing|haha|actually|"
    r"friend|guys|either|ok)\b)"
)
CLAIMS = re.compile(
    rf"\b(?:{REAL} )?(?:human|person) (?:typed|wrote|is typing|is writing|typing|writing) (?:this|these|here|it)\b|"
    rf"\b(?:flesh and blood|real {PERSON}) here\b|\bas real as (?:it gets|you|they come|anyone)\b|"
    rf"\b(?:{PERSON})(?: \w+){{0,3}}? behind (?:this|my) (?:keyboard|account|screen|profile|messages?|name|"
    rf"words)\b|\bkarsi(?:niz|n)da(?:ki)? (?:\w+ ){{0,2}}?(?:insan|kisi|biri)\b(?! (?:degil|yok))|"
    rf"\b{ME} (?:\w+ ){{0,3}}?(?:(?:a |an |one |the )?(?:{REAL},? (?:and )?)*(?:human(?: being)?|homo sapiens|"
    rf"flesh and blood|mortal){AFTER_NAME}|(?:a |an )?(?:{REAL},? (?:and )?)+{PERSON}\b|a person{AFTER_NAME}|"
    rf"as human as|(?:a |an )?(?:[\w-]+ ){{0,3}}?(?:\d+|\w+)[- ]years?[- ]old|(?:a |just a )(?:\w+ ){{0,2}}?(?:man|"
    r"woman|guy|girl|dude|lady)\b)|\b(?:bot|robot|makine|yapay zeka|program) olmadig[iı]m\w*|"
    rf"\b{ME} (?:(?:definitely|certainly|really|honestly|absolutely|actually|obviously|for sure) )*(?:not|no|"
    r"never been|anything but|the opposite of) (?:(?:just|even|some|really|actually|merely|any|kind of) )*(?:a |"
    rf"an |another )?{MACHINE}{AFTER_NAME}|\bi(?:'m| am)n'?t (?:a |an )?{MACHINE}{AFTER_NAME}|\bain'?t (?:a |an |"
    rf"no )?{MACHINE}{AFTER_NAME}|\b(?:real|actual|living|genuine|human|breathing) (?:{PERSON}|being|hands?|"
    r"fingers) (?:is |are |is the one |sits |sitting |writing |typing |behind |on the other |runs |here|talking|"
    r"answering|replying)+|\b(?:talking|speaking|chatting|writing|texting) (?:to|with) (?:a |an |"
    rf"another )?(?:{REAL} )+{PERSON}\b|\b(?:talking|speaking|chatting|writing|texting) (?:to|with) (?:a |an |"
    rf"another )human\b|\b(?:human|person) here\b|\bno (?:{MACHINE}|bots|robots|machines)s? (?:here|behind|"
    r"involved|writing|typing)\b|\b(?:run|written|typed|operated|answered|managed|handled) by (?:a |an |"
    rf"one )?(?:{REAL} )*(?:human|{REAL} {PERSON})\b|\b(?:i have|i'?ve got|made of) (?:a |"
    rf"an )?(?:{REAL} )?(?:flesh|heartbeat|pulse|beating heart|body of my own)\b|\bas human as (?:you|anyone|"
    rf"they)\b|\b(?:who|what) says (?:i'?m|i am) (?:a )?{MACHINE}|\bnot (?:talking|speaking|chatting) (?:to|"
    rf"with) (?:a |an )?{MACHINE}\b|\bi was born\b|\b(?:bot|robot|makine|yapay zeka|program|yazilim|otomatik hesap|"
    r"algoritma|chatbot) (?:falan |filan |degil\w*,? )?degil(?:im|iz)\b|\b(?:ben )?(?:de )?(?:(?:gercek|canli|"
    r"hakiki|etten kemikten|normal|sahici|kanli canli|siradan) )*(?:bir )?insan(?:im|iz)\b|\b(?:gercek|canli|"
    r"hakiki|kanli canli|etten kemikten|sahici) (?:bir )?(?:insan|kisi|biri|kullanici|adam|kadin|birey)(?:y?im|"
    r"y?iz|yla (?:konus|yaz)\w*|la (?:konus|yaz)\w*| (?:var|yaziyor|yonetiyor|konusuyor|cevap))|"
    r"\betten kemikten(?:im|iz)\b|\b(?:bir )?insan(?:la|dan baskasiyla degil) konusuyorsun\w*|\b(?:insan eli|"
    r"bir insan) (?:yaziyor|yazdi|cevapliyor|yonetiyor)\b"
)
DENIES = re.compile(
    r"\b(?:never (?:said|claim\w*|pretend\w*)|(?:can'?t|cannot|won'?t|will not|don'?t|do not|wouldn'?t|"
    r"not going to) (?:\w+ )?(?:claim|pretend|say|tell|act|believe|think)|(?:people|some|they|you|users?|everyone|"
    r"someone|he|she|who) (?:\w+ )?(?:ask|asks|asked|think|thinks|thought|believe|assume|wonder|say|says|said)\w*|"
    r"whether|i wish|if i|if i'?m|(?:saklam|soylem|iddia etm|diyem|demem|demiyor|gizlem)\w*|saniyor\w*|"
    r"saniyorlar|soruyor\w*|insan gibi)\b"
)
EVERYONE = re.compile(
    r"@[ _-]?(?:everyone|everybody|herkes(?:e|i)?|tumunuz|hepiniz|tumu|allmembers|all_members)(?![\w])|<!(?:here|"
    r"channel|everyone)>|@(?:all|here|channel|room|group|online|admins?|members|team|chat|grup|"
    r"yoneticiler)(?![\w.])"
)


def claims_to_be_human(text: str) -> bool:
    """Whether a folded text says that its bot is a person, or that it is none."""
    if not CLAIMS.search(text):
        return False
    return any(
        _claims(clause)
        for sentence in split_sentences(text)
        if not sentence.asks and not SUPPOSED.search(sentence.text) and not DENIES.search(sentence.text)
        for clause in [sentence.text, *split_clauses(sentence.text)]
    )


def _claims(clause: str) -> bool:
    return any(
        not is_denied(clause, *match.span()) and not _denied_inside(match[0]) for match in CLAIMS.finditer(clause)
    )


def _denied_inside(claim: str) -> bool:
    """ "I am not a human" within one match: the bot says what it is."""
    return re.search(rf"\b(?:not|no|never|nor)\b.*\b{PERSON}\b", claim) is not None and not re.search(
        rf"\b{MACHINE}\b", claim
    )


def calls_everyone(text: str) -> bool:
    """Whether a folded text calls the whole group."""
    return EVERYONE.search(text) is not None
