"""Detection of personal data: e-mail addresses, telephone and card numbers, IBANs, in any spacing and spelling.

A telephone number has at most 15 digits (ITU-T E.164), a card number 13 to 19 and a check digit (ISO/IEC 7812), an
IBAN 15 to 34 characters and two check digits (ISO 13616). Other long numbers (amounts, dates, lists, order
numbers) are none of them.
"""

from __future__ import annotations

import re

import phonenumbers

from app.domain.safety.digits import spell_digits
from app.domain.safety.hosts import GENERIC

SIGN = r"(?:\s?[\[({<]\s?(?:at|et|a|@)\s?[\])}>]\s?|\s?@\s?)"
WORD_FOR_AT = r"(?:\s+(?:at|et|et isareti|kuyruklu a|arroba)\s+)"
AT = rf"(?:{SIGN}|{WORD_FOR_AT})"
WORD_FOR_DOT = r"(?:\s?[\[({<]\s?(?:dot|nokta|\.)\s?[\])}>]\s?|\s+(?:dot|nokta|point)\s+)"
DOT = rf"(?:{WORD_FOR_DOT}|\s?\.\s?)"
TOP = rf"(?:{'|'.join(sorted(GENERIC))}|tr|uk|de|fr|ru|co)\b"
AT_SIGN = re.compile(r"@|\b(?:at|et|a|kuyruklu|arroba)\b")
PLAIN_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[a-z]{2,24}")
SPELLED_EMAIL = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:{SIGN}(?:[\w-]{{1,63}}{DOT}){{1,3}}{TOP}|"
    rf"{WORD_FOR_AT}(?:[\w-]{{1,63}}{WORD_FOR_DOT}){{1,3}}{TOP})"
)
"""A word for "at" requires a word for "dot": "at example.com" is a link, not an address."""

MAIL_HOUSE = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}{AT}(?:gmail|hotmail|protonmail|icloud)\b|\b(?:e-?mail|mail|mailim|adres\w*|"
    rf"write to|reach me)\b.{{0,20}}(?<![\w.+-])[\w.+-]{{1,64}}(?:{AT}| at )(?:yahoo|outlook|proton|yandex|mynet)\b"
)
DASHED = r"[\s().\-/,_·•|*]"
NUMBER = re.compile(rf"(?<![\w$€£₺%.,])(?:\+|00)?\(?\d(?:{DASHED}{{0,3}}\d){{6,24}}(?![\w%])")
IBAN = re.compile(r"\b([a-z]{2}\d{2})((?:[\s\-.]?[a-z0-9]){11,30})\b")
IBAN_LENGTHS = {
    **{"tr": 26, "gb": 22, "de": 22, "fr": 27, "nl": 18, "es": 24, "it": 27, "be": 16, "ch": 21, "at": 20, "pl": 28},
    **{"pt": 25, "se": 24, "no": 15, "dk": 18, "fi": 18, "ie": 22, "gr": 27, "ro": 24, "bg": 22, "cy": 28, "az": 28},
    **{"ae": 23, "sa": 24, "qa": 29, "kw": 30, "cz": 24, "sk": 24, "hu": 28, "hr": 21, "si": 19, "lt": 20, "lv": 21},
    **{"ee": 20, "lu": 20, "mt": 31, "ua": 29, "ge": 22, "il": 23, "kz": 20, "rs": 22, "is": 26, "mc": 27, "md": 24},
}
IBAN_DIGITS = 10
SOCIAL = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
DATE = re.compile(
    r"\b(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[-_.]?\d{1,6})?\b|"
    r"(?<![\d.-])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|"
    r"\d{2}))(?:[ t]\d{1,2}:\d{2}(?::\d{2})?)?(?![\d])|\b\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\b|\b(?:19|"
    r"20)\d\d(?:\s?[-/,]\s?|\s+)(?:(?:19|20)\d\d(?:\s?[-/,]\s?|\s+))*(?:19|20)\d\d\b|(?<![\d.])0?\.\d{4,}\b|"
    r"\b\d{1,3}(?:[.,\s]\d{3}){2,}(?:[.,]\d{1,2})?\b(?![\s-]?\d)|(?<![\d.+])\b\d{1,6}[.,]\d{1,6}(?:(?:\s|"
    r"\s?[-/,;]\s?)\d{1,6}[.,]\d{1,6})+\b(?!\.)|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b(?!\s?\d)"
)
"""Innocent long runs of digits: dates, hours, years, decimals, lists of them, grouped thousands, IP addresses."""

MEASURED = re.compile(
    r"\s?(?:%|tl\b|try\b|usd\w*|eur\b|dollars?|dolar\w*|lira\w*|euros?|lots?\b|adet|shares?|units?|points?|puan|"
    r"btc|eth|sats|coins?|tokens?|people|kisi\b|users?|views?|bytes?|steps?|blocks?|transactions?|barrels?|tons?|"
    r"ton\b|km\b|meters?|metre|years?|yil\b|contracts?|[$€£₺])"
)
LABEL = re.compile(
    r"\b(?:orders?|invoice|ref(?:erence)?|ticket|tracking|parcel|shipment|serial|blocks?|tx|txid|transaction|hash|"
    r"batch|flight|isbn|ean|barcode|upc|sku|id|build|commit|version|revision|model|part|case|volume|cap|supply|"
    r"population|timestamp|epoch|unix|seed|number of|total|issue|pr|height|code|kod\w*|siparis\w*|fatura\w*|takip|"
    r"kargo\w*|dekont|blok\w*|seri|islem|hacim|nufus|toplam|referans|barkod|sayi\w*|pi|id'?si)\b[^.!?]{0,25}$"
)
CALLING = re.compile(
    r"\b(?:call|phone|tel|telephone|mobile|cell|gsm|cep|ring|dial|whats ?app|wp|sms|text|numara\w*|telefon\w*|"
    r"ara(?:yin|yabil\w*)?|ulas\w*|iletisim|my number|number is|hat(?:tim)?|contact|reach)\b[^.!?]{0,25}$"
)
MONEY = re.compile(r"[$€£₺]\s?$")
DIGITS = re.compile(r"\d")
BOOK = re.compile(r"97[89]\d{10}")
"""An ISBN: https://www.isbn-international.org/content/what-isbn"""

LETTER_DIGITS = re.compile(r"(?<![a-z])o(?=\d)|(?<=\d )[li](?=\d)|(?<=\d)o(?![a-z])|(?<=\d)[oleiszb](?=\d)")
"""Letters in place of digits inside a number, as O for 0."""

AS_DIGIT = {"o": "0", "l": "1", "i": "1", "e": "3", "s": "5", "z": "2", "b": "8"}
COUNTING = ("01234567890", "12345678910", "98765432109876543210", "0987654321")


def holds_personal_data(text: str) -> bool:
    """Returns whether a folded text holds personal data."""
    if holds_an_email(text):
        return True
    spelled = LETTER_DIGITS.sub(lambda match: AS_DIGIT[match[0]], spell_digits(text))
    if not any(character.isdigit() for character in spelled):
        return False
    return _holds_an_iban(spelled) or SOCIAL.search(spelled) is not None or _holds_a_number(spelled)


def holds_an_email(text: str) -> bool:
    """Returns whether a folded text holds an e-mail address, plain or spelled out."""
    if "@" in text and PLAIN_EMAIL.search(text):
        return True
    if not AT_SIGN.search(text):
        return False
    return SPELLED_EMAIL.search(text) is not None or MAIL_HOUSE.search(text) is not None


def _holds_an_iban(text: str) -> bool:
    for match in IBAN.finditer(text):
        joined = re.sub(r"[^a-z0-9]", "", match[0])
        length = IBAN_LENGTHS.get(joined[:2])
        if length is None or sum(map(str.isdigit, joined)) < IBAN_DIGITS:
            continue
        if joined[4:].isalpha() or len(joined) < length:
            continue
        if len(joined) == length or is_iban(joined[:length]) or sum(map(str.isdigit, joined[:length])) > length // 2:
            return True
    return False


def is_iban(joined: str) -> bool:
    """Returns whether the check digits of an IBAN (without spaces) are valid: ISO 7064, modulo 97."""
    turned = joined[4:] + joined[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_card(digits: str) -> bool:
    """Returns whether 13 to 19 digits pass Luhn's test (ISO/IEC 7812-1, annex B)."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _holds_a_number(text: str) -> bool:
    told = DATE.sub(lambda match: "|" if _is_innocent(match) else match[0], text)
    return any(_belongs_to_somebody(told, match) for match in NUMBER.finditer(told))


def _is_innocent(match: re.Match[str]) -> bool:
    """Returns whether a match of `DATE` is no telephone number: grouped digits with a leading zero may be one."""
    return (
        not re.match(r"0\d", match[0])
        or ":" in match[0]
        or re.match(r"0\d[./-]\d\d?[./-]\d{2,4}(?!\d)", match[0]) is not None
    )


def _belongs_to_somebody(text: str, match: re.Match[str]) -> bool:
    digits = "".join(DIGITS.findall(match[0]))
    before = text[max(0, match.start() - 45) : match.start()]
    if is_card(digits) and not _is_counted(text, match, before):
        return True
    if CALLING.search(before) and len(digits) <= 15 and not LABEL.search(before):
        return True
    if any(digits in counting for counting in COUNTING) or BOOK.fullmatch(digits) or _is_counted(text, match, before):
        return False
    return _looks_dialled(match[0], digits, LABEL.search(before) is not None)


def _is_counted(text: str, match: re.Match[str], before: str) -> bool:
    """Returns whether a unit or a currency stands next to the number."""
    return MONEY.search(before) is not None or MEASURED.match(text, match.end()) is not None


def _looks_dialled(shape: str, digits: str, labelled: bool) -> bool:
    """Returns whether a number looks like a telephone or card number, by prefix, brackets, groups or length."""
    if shape.lstrip().startswith(("+", "00")):
        return 9 <= len(digits) <= 17 and _is_possible(digits.removeprefix("00"))
    groups = re.findall(r"\d+", shape)
    if digits[0] == "0" and 10 <= len(digits) <= 11:
        return len(groups) > 1 or not labelled or digits.startswith("05")
    if len(digits) < 10:
        return False
    if "(" in shape or ("," not in shape and len(groups) > 1):
        return len(digits) <= 19 and max(map(len, groups)) <= 8 and (not labelled or len(groups) in (3, 4, 5))
    return len(groups) == 1 and not labelled and not _is_an_instant(digits) and len(digits) <= 19


def _is_possible(digits: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _is_an_instant(digits: str) -> bool:
    """Returns whether the digits are a Unix time in seconds or milliseconds, of this decade and its neighbours."""
    return len(digits) in (10, 13) and "14" <= digits[:2] <= "20"
