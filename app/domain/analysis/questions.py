"""Is a message a question?"""

from __future__ import annotations

import re

OPENERS = re.compile(
    r"^(?:@?\w+[,:]\s*)?(?:who|what|when|where|why|how|which|is|are|do|does|did|can|could|should|would|will|any(?:one|body)|"
    r"kim|ne|neden|niye|nas[ıi]l|hangi|ka[çc]|nerede)\b",
    re.IGNORECASE,
)
TURKISH_PARTICLE = re.compile(r"\bm[ıiuü](?:y[ıiuü]z|s[ıiuü]n|y[ıiuü]m)?\b[\s.!]*$", re.IGNORECASE)


def is_question(text: str) -> bool:
    """True when `text` holds a question mark, opens with a question word, or ends in the Turkish particle."""
    stripped = text.strip()
    return "?" in stripped or bool(OPENERS.match(stripped)) or bool(TURKISH_PARTICLE.search(stripped))
