"""The kinds of prompts, one module each; a new one is added to ALL."""

from __future__ import annotations

from app.services.lanes.families.chat import ChatFamily
from app.services.lanes.families.digest import DigestFamily
from app.services.lanes.families.insight import InsightFamily
from app.services.lanes.ports import Family

ALL: tuple[Family, ...] = (ChatFamily(), DigestFamily(), InsightFamily())
FAMILIES = {family.name: family for family in ALL}
