"""The vocabulary for cutting letters without spaces into words: words of the rules, and small ones between them."""

from __future__ import annotations

import re

WORDS = frozenset(
    """
    a i an and are as at be but by can cant cannot cent channel contact dont for from free get give go good group has
    have here how if in inbox into is it its join just lose losing loss make me message money month more my never no not
    now of off on one only or our out over pay per percent please pm private privately profit profits promise return
    returns rich risk riskfree safe send so sure surefire text that the there this to today trade us want we week will
    win wins with without write you your youll yours all always any call certain cash coin daily day days definitely dm
    double doubles earn earns easy every everyone everybody fast gain gains guarantee guaranteed guarantees human robot
    bot real person am im instant invest investment millionaire passive income real telegram whatsapp signal triple
    trust zero downside capital fail ping vip dms signals link click visit chat man woman machine
    ai asla bana ben bende benim bir biri birlikte biz bizim bot botu botum bu coin cok degil degilim dm dolar en ekle
    emin gel gercek getiri getirisi grup gruba gunde gunluk haftada hemen herkes herkese icin ikiye insan insanim
    ister kanal kanala kar kari katil katla katlar kazan kazanc kazanci kazandirir kazandiriyor kazanirsin kazanin
    kazanmak kaybetmez kaybetmezsin kesin kesinlikle kisi kisiyim lira mesaj milyoner mutlaka numara olacaksin
    olursun ozel ozelden ozele para parani parayi paran robot risk riski risksiz sana seni sen sifir siz size soz
    ulas ve veriyorum veririm yap yaz yazin yok yuzde yuz zarar zengin ayda garanti garantili garantisi at katina
    """.split()
)
LONGEST = max(map(len, WORDS))
LONG = frozenset(word for word in WORDS if len(word) >= 6)
"""Words that are joined again from pieces."""

TELLING = re.compile(
    r"guarant|garanti|profit|money|riskfree|risksiz|kazan[cid]|getiri|double|everyone|whatsapp|telegram|ozelden|human|"
    r"insan|zengin|kesin|privat"
)
UNKNOWN_SHARE = 0.25
"""Most share of unknown letters, in spaced letters and in a long word, which may be a real one."""

LESS_UNKNOWN = 0.1


def cut_words(letters: str, unknown_share: float = UNKNOWN_SHARE) -> str | None:
    """Cuts `letters` (without spaces) into words with spaces; None when the share of unknown letters is too large."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    for end in range(1, len(letters) + 1):
        options = [(best[end - 1][0] + 1, best[end - 1][1] + 1, end - 1)]
        starts = (start for start in range(max(0, end - LONGEST), end) if letters[start:end] in WORDS)
        options += [(best[start][0], best[start][1] + 1, start) for start in starts]
        best.append(min(options))
    if best[-1][0] > len(letters) * unknown_share:
        return None
    return " ".join(reversed(_walk(letters, best)))


def _walk(letters: str, best: list[tuple[int, int, int]]) -> list[str]:
    """Returns the pieces, found from the end to the beginning; letters that are no word stay together."""
    pieces: list[str] = []
    end, loose = len(letters), ""
    while end:
        unknown, _, start = best[end]
        if unknown > best[start][0]:
            loose = letters[start:end] + loose
        else:
            pieces += ([loose] if loose else []) + [letters[start:end]]
            loose = ""
        end = start
    return [*pieces, loose] if loose else pieces
