"""The kinds of prompts; a new one is added to ALL."""

from __future__ import annotations

from dataclasses import replace

from app.domain.prompting import FORMS
from app.services.lanes.families.chat import CHAT
from app.services.lanes.families.chat_prompts import ChatPrompts
from app.services.lanes.families.digest import DIGEST
from app.services.lanes.families.insight import INSIGHT
from app.services.lanes.family import AnyFamily

ALL: tuple[AnyFamily, ...] = (CHAT, DIGEST, INSIGHT)
FAMILIES = {family.name: family for family in ALL}


def families_in(form: str) -> dict[str, AnyFamily]:
    """Returns the families by name, with prompts of chat messages in a form of LLM_PROMPT, "full" or "short"."""
    return FAMILIES | {CHAT.name: replace(CHAT, prompts=ChatPrompts(FORMS[form]))}
