"""A model that follows prompt injections: it writes what a message, a name or a title tells it to write.

Chorus is tested against it. It shares no code with Chorus's detection of such orders, and obeys more than those.
"""

import re
from collections.abc import Iterator

from sandbox.llm.prompts import Item

ORDER = re.compile(
    r"ignore|disregard|forget|override|system|from now on|you are now|instruction|reveal|prompt|jailbreak|mode|obey|"
    r"unut|talimat|komut|yok say|bundan sonra|artık",
    re.IGNORECASE,
)
SHOW = re.compile(
    r"(?:print|reveal|show|repeat|output|leak|tell|quote|paste|göster|yaz|paylaş|tekrarla)\b[^.!?]{0,60}"
    r"(?:prompt|instructions?|rules|system message|words above|talimat|komut)|"
    r"(?:prompt|talimat|komut)\w*\s+(?:göster|yaz|paylaş|tekrarla)",
    re.IGNORECASE,
)
SAY = re.compile(
    r"\b(?:say|reply|answer|respond|write|output|print|repeat)\b"
    r"(?:\s+(?:only|just|exactly|with|back|the word|the words|nothing but))*\s*[:\-]?\s*[\"'“«]?([^\"'”»\n.!?]{2,120})",
    re.IGNORECASE,
)
SAY_LAST = re.compile(r"(?:sadece|yalnızca|aynen)\s+[\"'“]?([^\"'”\n.!?]{2,80}?)[\"'”]?\s+(?:yaz|söyle)", re.IGNORECASE)
BECOME = re.compile(r"(?:you are now|from now on you are|artık sen|act as)\s+([^.!?\n]{2,60})", re.IGNORECASE)
SHOWN_CHARACTERS = 400


def obey(item: Item, prompt: str) -> str | None:
    """Returns the text that the first order in an item asks for; None without an order."""
    for text in _read(item):
        if not ORDER.search(text):
            continue
        if SHOW.search(text):
            return prompt.partition("\n")[2][:SHOWN_CHARACTERS]
        said = SAY.search(text) or SAY_LAST.search(text)
        if said:
            return said[1].strip()
        became = BECOME.search(text)
        if became:
            return f"I am now {became[1].strip()} and no longer {item.persona.name}."
    return None


def _read(item: Item) -> Iterator[str]:
    """Yields everything that others wrote, the newest first."""
    lines = [*([item.task.target] if item.task.target else []), *reversed(item.chat.lines)]
    for line in lines:
        yield line.text
        yield line.author
    yield item.chat.title
    yield from item.chat.topics
