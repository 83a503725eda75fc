"""The kinds of prompts; a new one is added to ALL."""

from __future__ import annotations

from app.services.lanes.families.chat import CHAT
from app.services.lanes.families.digest import DIGEST
from app.services.lanes.families.insight import INSIGHT
from app.services.lanes.family import AnyFamily

ALL: tuple[AnyFamily, ...] = (CHAT, DIGEST, INSIGHT)
FAMILIES = {family.name: family for family in ALL}
