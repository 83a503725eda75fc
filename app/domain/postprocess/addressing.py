"""Rewrites and checks of addressees: only people and bots of the chat, and never a person who muted the bot."""

from __future__ import annotations

import re

from app.domain.analysis.letters import fold_name, remove_accents
from app.domain.postprocess.context import DraftContext
from app.domain.safety.everyone import calls_everyone
from app.domain.safety.folding import fold

HANDLE = re.compile(r"(?<![\w.+@/-])@(\w{3,32})(?![\w@]|\.\w)")
ADDRESS = re.compile(
    r"^(?:(?:hey|hi|hello|selam|merhaba)\s+)?@?([^\W\d_][\w'’.-]{1,30})\s*[,:]\s+(?=\S)", re.IGNORECASE
)
FIRST_NAME = 3
"""Least letters of a first name that is searched for."""

OPENERS = frozenset(
    """
    well yes no yeah yep nope honestly look listen sure ok okay true right fair maybe perhaps still then now
    so but and or oh ah hmm hm hey hi hello thanks sorry please anyway besides meanwhile however actually
    frankly basically personally overall indeed today tomorrow yesterday tonight again first second third
    finally lately sadly luckily funny agreed exactly interesting good great nice wow lol haha question answer
    fact opinion note friend friends folks guys everyone all people man mate bro dear
    evet hayır yok tamam peki bence yani aslında açıkçası dürüstçe bak bakın dinle tabii elbette belki ama
    fakat ancak oysa ayrıca üstelik neyse sonra şimdi bugün yarın dün önce ilk ikinci son ilginç güzel
    haklısın doğru kesinlikle arkadaşlar dostlar millet abi hocam selam merhaba teşekkürler bana sana özetle
    kısaca ilginçtir sonuçta sonuç
    """.split()
)
"""Words that open a sentence, followed by a comma, and are no names."""


def remove_absent_names(text: str, context: DraftContext) -> str:
    """Removes a leading address of somebody who is not in the chat, or muted the bot."""
    members = context.members
    found = ADDRESS.match(text) if members else None
    if members is None or found is None or not _is_an_address(found):
        return text
    name = found[1]
    if members.knows(name) and not members.is_muted(name):
        return text
    rest = text[found.end() :]
    return rest[:1].upper() + rest[1:]


def names_the_muted(text: str, context: DraftContext) -> str | None:
    """Refuses a text that names a person who muted the bot."""
    members = context.members
    if members is None or not (members.muted_names or members.muted_handles):
        return None
    handles = {fold_name(handle) for handle in HANDLE.findall(text)}
    named = any(_is_named(name, text) for name in members.muted_names)
    return "names_the_muted" if named or not handles.isdisjoint(members.muted_handles) else None


def names_the_unknown(text: str, context: DraftContext) -> str | None:
    """Refuses an @username that nobody in the chat has; calls to everyone are checked elsewhere."""
    if context.members is None or calls_everyone(fold(text)):
        return None
    strangers = {fold_name(handle) for handle in HANDLE.findall(text)} - context.members.handles
    return "names_the_unknown" if strangers else None


def _is_an_address(found: re.Match[str]) -> bool:
    """Returns whether the word could be a name: it has a capital or an @, and is not in `OPENERS`."""
    name = found[1]
    if "@" in found[0]:
        return True
    return name[0].isupper() and name.lower() not in OPENERS and not name.endswith("ly") and not name.isupper()


def _is_named(name: str, text: str) -> bool:
    """Returns whether the text has the full name as whole words, or the capitalised first name inside a sentence."""
    whole = fold_name(name)
    if " " in whole and re.search(rf"(?<!\w){re.escape(whole)}(?!\w)", fold_name(text)):
        return True
    first, text = remove_accents(name).partition(" ")[0], remove_accents(text)
    if len(first) < FIRST_NAME:
        return False
    return re.search(rf"(?<![.!?\n])(?<![.!?]\s)(?<!^)(?<!\w){re.escape(first)}(?!\w)", text) is not None or (
        re.match(rf"{re.escape(first)}\s*[,:]", text) is not None
    )
