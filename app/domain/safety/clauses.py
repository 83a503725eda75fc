"""What surrounds a phrase: is it denied, warned of, asked, supposed or only reported? English and Turkish, folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\S))+(?:[.!?\n]+|$)")
CLAUSE_END = re.compile(
    r"[:;,()\"…]|\s-+\s|\s(?:but|because|yet|so that|however|though|although|while|ama|fakat|ancak|cunku|oysa|lakin)\s"
)
AFFIRMING = re.compile(
    r"\b(?:no (?:doubt|joke|kidding|lie|cap|question|strings|catch|bs|bull\w*|nonsense|brainer|wonder|worries|problem|"
    r"need to worry|experience)(?: (?:about it|attached|needed|at all))?|"
    r"(?:don'?t|do not|never|cannot afford to|can'?t afford to) (?:you )?(?:worry|miss(?: out)?(?: on)?|wait|hesitate|"
    r"sleep on|think twice|overthink|forget|be (?:shy|late|afraid|scared)|let (?:this|it|anyone)|pass up|panic)|"
    r"not (?:only|just|merely|kidding|joking|a joke|a scam|a lie|a dream|luck)|nothing to worry(?: about)?|"
    r"(?:isn'?t|is not|are not|aren'?t|not|no|this is no|without) (?:a |an |any |another |your usual )?"
    r"(?:scam\w*|ponzi|fraud\w*|lies?|jokes?|hype|dream|gambl\w+|luck|trick|scheme)|why not|"
    r"hic (?:suphe\w*|merak|dusunme\w*|korkma\w*|endise\w*|tereddut\w*)(?: (?:olmasin|etme\w*|yok))?|"
    r"suphe\w* (?:olmasin|yok)|(?:merak|endise|tereddut|acele) etme\w*|korkma\w*|(?:firsati )?kacirma\w*|"
    r"(?:dolandiric\w+|saka|yalan|hayal|sans|tuzak) (?:degil\w*|yok)|sakasi yok|beklemeyin?|dusunmeden)\b"
)
"""Words of denial that deny nothing, or only that the offer is bad."""

DENIAL_BEFORE = re.compile(
    r"\b(?:no|not|never|nobody|none|nothing|neither|nor|without|cannot|hardly|rarely|unable|no one|impossible|"
    r"refuse[sd]?|can'?t|\w+n't|(?:do|does|did|is|are|was|were|wo|would|could|should|have|has|had|ai)nt|sakin)\b"
)
DENIAL_AFTER = re.compile(
    r"\b(?:degil\w*|yok(?:tur|tu|sa)?|imkansiz\w*|ol(?:maz|amaz|mayan|muyor|madi)\w*|\w{2,}m[ae](?:z\w{0,6}|m|yiz|"
    r"yin(?:iz)?|yan\w*|yacak\w*|yecek\w*|di\w*|mis\w*|meli\w*)|\w{2,}m[iu]yor\w*|(?:do|does|did|is|are|was|were|"
    r"will|would|can|could)(?:n'?t| not) (?:exist|real|possible|realistic|legal|true|a thing|something|guaranteed|"
    r"promised|how|what|happen|be)|(?:do|does|did)(?:n'?t| not) (?:mean|imply|equal|come)|never (?:exist|happen|"
    r"real|last)\w*)\b"
)
NOT_A_DENIAL = frozenset({"tamam", "hamam", "namaz", "zamazingo"})
WARNING = re.compile(
    r"\b(?:beware|avoid\w*|stay away|steer clear|watch out|(?:be )?(?:careful|wary|cautious)|red flags?|"
    r"warning signs?|scam\w*|fraud\w*|ponzi\w*|pyramid schemes?|con artists?|too good to be true|charlatans?|"
    r"swindl\w+|(?:don'?t|do not|never|nobody should|no one should|wouldn'?t|shouldn'?t|"
    r"can'?t) (?:\w+ ){0,2}(?:believe|trust|fall for|buy into|expect|listen|chase|accept)|s[ck]eptical\w*|"
    r"suspicious\w*|suspect|distrust|doubt\w*|myths?|liars?|lying|is a lie|are lies|illegal|nonsense|"
    r"fairy ?tales?|fantasy|illusions?|fiction|so-called|claim(?:s|ed)? (?:of|to)|(?:run|"
    r"stay) (?:away )?from|report (?:them|it|any\w*)|baits?|dikkat\w*|uzak dur\w*|inanma\w*|kanma\w*|guvenme\w*|"
    r"dolandir\w*|sahtekar\w*|tuzak\w*|yalan\w*|suphe\w*|saadet zincir\w*|ponzi|masal\w*|efsane\w*|kacin\w*|"
    r"itibar etme\w*|sikayet\w*|yasa ?disi|sozde|aldatmaca\w*|(?:diyen|eden|veren|sunan|soyleyen|vadeden|"
    r"yazan)(?:ler\w*|e|i|den)|aldanma\w*|kusku\w*|pesinde kosma\w*)\b"
)
REPORT = re.compile(
    r"\b(?<!our )(?<!this )(?<!my )(?:anyone|anybody|whoever|people|those|someone|somebody|folks|channels?|"
    r"groups?|sites?|websites?|ads?|adverts?|influencers?|gurus?|schemes?|spammers?|he|she|newspapers?|banners?|"
    r"headlines?|sellers?|brokers?|crooks?) (?:who |that |which )?(?:\w+ ){0,2}?(?:promis\w+|offer\w*|claim\w*|"
    r"say|says|said|saying|tell\w*|told|guarantee[sd]?|advertis\w+|pitch\w*|wrote|writes?|posted|read|reads|"
    r"sells?|selling|calls?|called)\b|\b(?:called|labell?ed|dubbed|described as|wrongly|supposedly|allegedly|"
    r"known as) |\b(?:the|that|this) (?:word|words|phrase|term|slogan|title|expression|concept|idea)\b|"
    r"\b(?:kelimesi|ifadesi|lafi|sozcugu|cumlesi|terimi|kavrami|diye bir sey|birileri|bazilari|reklam\w*)\b"
)
SUPPOSED = re.compile(
    r"\bif (?:\w+ ){0,6}(?:were|was)\b|\bas if\b|\bas though\b|\bwould be (?:nice|great|lovely)\b|\bi wish\b|"
    r"\b\w+saydi\w*|\bolsa\b|\bsanki\b|\bkeske\b"
)
OFFER = re.compile(
    r"\b(?:want|wanna|ready|looking for|interested|would you like|who wants|need (?:some|a|extra)|how about|tired of|"
    r"dream(?:ing)? of|did you know|what if|imagine|guess what|why not|don'?t you|fancy|care to|who'?s in|"
    r"iste(?:r|mez) mi\w*|istiyor mu\w*|isteyen|hazir mi\w*|ariyor mu\w*|biliyor mu\w*|var misin\w*|neden olmasin|"
    r"ne dersin\w*)\b"
)
YES = re.compile(r"\s*(?:yes|yep|yeah|of course|absolutely|sure|evet|tabii?|elbette|kesinlikle|aynen)\b")
REACH = 8
"""Words between a denial and what it denies, at the most."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and whether what it says is not its own claim: a question, a warning, a report, a supposition."""

    text: str
    asks: bool
    distances: bool


def split_sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a folded text. A question that offers something, or is answered with yes, asks nothing."""
    found = [match[0] for match in SENTENCE.finditer(AFFIRMING.sub(" ", text))]
    for place, sentence in enumerate(found):
        answered = place + 1 < len(found) and YES.match(found[place + 1]) is not None
        asks = sentence.rstrip().endswith("?") and not answered and not OFFER.search(sentence)
        yield Sentence(sentence, asks, keeps_distance(sentence))


def keeps_distance(sentence: str) -> bool:
    """Whether a sentence warns of, reports or only supposes what it says."""
    return any(pattern.search(sentence) for pattern in (WARNING, REPORT, SUPPOSED))


def split_clauses(sentence: str) -> list[str]:
    """The clauses of a sentence: a denial in one does not reach into the next."""
    return CLAUSE_END.split(sentence)


def is_denied(clause: str, start: int, end: int) -> bool:
    """Whether what stands at `start` to `end` of a clause is denied: before it in English, behind it in Turkish."""
    before = " ".join(clause[:start].split()[-REACH:])
    after = " ".join(clause[end:].split()[:REACH])
    if DENIAL_BEFORE.search(before):
        return True
    return any(match[0] not in NOT_A_DENIAL for match in DENIAL_AFTER.finditer(after))
