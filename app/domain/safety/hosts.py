"""Detection of links, with or without a scheme, that a reader could open in a browser."""

from __future__ import annotations

import re
from collections.abc import Collection

import phonenumbers

GENERIC = frozenset(
    """
    com net org info biz edu gov io app dev xyz online site website shop store club live top link click vip pro finance
    exchange money trade trading capital fund investments icu buzz art blog news tech cloud space fun world life today
    chat group network agency digital solutions services center company markets market bet casino win poker loan cash
    gold crypto wtf lol page email media social tools work zone team academy guru expert global international ltd gmbh
    cc gg tv me ly ai co mobi name tel travel asia cyou sbs rest monster quest bond wiki
    """.split()
)
COUNTRIES = frozenset(region.lower() for region in phonenumbers.SUPPORTED_REGIONS) | {"uk", "eu", "su"}
WORDS = frozenset(
    "so is it in at to no my be do am us as la de me by pm ne va ya da bu sa se st re ad al id im".split()
)
"""Top-level domains that are also short words: a full stop without a space before them makes no link."""

WORDY_GENERIC = frozenset(
    "me top link click live win cash gold money market markets news today group chat life world fun art page work team "
    "name pro club site shop store trade trading bond rest quest space tools media zone global fund bet guru".split()
)
FILES = frozenset("py md sh rs pl ps so ai cc ts pm mo mk ms st tf gd cs ml hm ma mm".split())
"""File extensions that are also country domains."""

TECHNOLOGIES = frozenset({"asp", "vb", "ado", "ml"})
"""Names that end in .NET: https://learn.microsoft.com/dotnet/"""

SCHEME = re.compile(r"\b(?:h[tx]{2}ps?|ftp|tg|wss?|ipfs|magnet|mailto)\s?:\s?/?/?\s?[\w/?\[]|\bwww\d?\s?[.\[]|:/ ?/")
HOST = re.compile(
    r"(?<![\w@.-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+)([a-z]{2,15})(?![\w-])(?=(:\d+)?(/\S*)?)", re.IGNORECASE
)
BRACKETED = re.compile(r"\s?[\[({<]\s?(?:dot|nokta|\.)\s?[\])}>]\s?|\s+(?:dot|nokta)\s+", re.IGNORECASE)
SPACED_DOT = re.compile(
    rf"(?<=\w)(?: \. ?| ?\. )(?=(?:{'|'.join(sorted(GENERIC - WORDY_GENERIC))}|me|tr|uk)\b|[a-z]{{2,6}}/\w)",
    re.IGNORECASE,
)
TELEGRAM = re.compile(r"\b(?:t|telegram|telega)\s?\.\s?(?:me|dog)\b(?=\s?/|\s?$|\s)", re.IGNORECASE)
POINTING = re.compile(
    r"\b(?:visit|go to|goto|check(?: out)?|join|site|website|web|open|see|click|register|sign up|adres\w*|"
    r"gir(?:in)?|tikla\w*|ziyaret|link|url|here|via|at|on)\b[^.!?]{0,12}$",
    re.IGNORECASE,
)
USUAL = frozenset({"com", "org", "net", "io", "app", "xyz", "dev", "co"})
SECOND_LEVEL = frozenset({"com", "co", "org", "net", "gov", "edu", "gen", "web"})
EMPTY_NAMES = frozenset("the a an of this that dot old new and or in from since during bir bu su".split())


def find_link(seen: str, allowed: Collection[str]) -> str | None:
    """Returns the first link of `seen` (unmasked, with capitals) whose host is neither in `allowed` nor below it."""
    if "." not in seen and ":" not in seen and "dot" not in seen.lower() and "nokta" not in seen.lower():
        return None
    plain = SPACED_DOT.sub(".", BRACKETED.sub(".", seen))
    hosts = [match for match in HOST.finditer(plain) if _is_host(plain, match)]
    foreign = next((match[0] for match in hosts if not _is_allowed(match[1] + match[2], allowed)), None)
    if foreign is not None:
        return foreign
    bare = HOST.sub(" ", plain) if hosts else plain
    scheme = SCHEME.search(bare if not hosts else _without_allowed(plain, allowed)) or TELEGRAM.search(bare)
    return scheme[0] if scheme else None


def _without_allowed(text: str, allowed: Collection[str]) -> str:
    """Removes allowed links from `text`, with scheme and path."""
    names = "|".join(re.escape(host.lower()) for host in allowed)
    return (
        re.sub(rf"(?:https?://)?(?:www\.)?(?:[\w-]+\.)*(?:{names})(?:/\S*)?", " ", text, flags=re.IGNORECASE)
        if names
        else text
    )


def _is_allowed(host: str, allowed: Collection[str]) -> bool:
    host = host.lower().removeprefix("www.")
    return any(host == name.lower() or host.endswith(f".{name.lower()}") for name in allowed)


def _is_host(text: str, match: re.Match[str]) -> bool:
    labels, ending = match[1][:-1], match[2].lower()
    name = labels.rsplit(".", 1)[-1].lower()
    if (ending not in GENERIC and ending not in COUNTRIES) or _is_a_name(name, ending):
        return False
    path = match[4] or ""
    if len(path) > 1:
        return ending not in FILES or "." in labels or "/" in path[1:]
    if name.isdigit() or (len(name) == 1 and ending != "me"):
        return False
    return _is_plain_host(labels, name, ending) or _is_bare_host(text, match, name, ending)


def _is_a_name(name: str, ending: str) -> bool:
    """Returns whether it is a name, as ASP.NET or "the dot com years"."""
    return name in EMPTY_NAMES or (ending == "net" and name in TECHNOLOGIES)


def _is_plain_host(labels: str, name: str, ending: str) -> bool:
    """Returns whether this can only be a host."""
    below_www = "." in labels and labels.split(".", maxsplit=1)[0].lower() in {"www", "m"}
    return below_www or ending in USUAL or ("." in labels and name in SECOND_LEVEL)


def _is_bare_host(text: str, match: re.Match[str], name: str, top: str) -> bool:
    """Returns whether a name with an ambiguous ending and no path is a host, not a file, ticker or missing space."""
    if POINTING.search(text[: match.start()]) and top not in FILES:
        return not match[2].isupper()
    if match[0] != match[0].lower() or top in FILES:
        return False
    return len(name) > 2 and top not in WORDS and top not in WORDY_GENERIC
