"""The family of chat messages: what bots say, never taken from a cache."""

from __future__ import annotations

from app.services.lanes.families.chat_answers import ChatAnswers
from app.services.lanes.families.chat_plans import UtterancePlans
from app.services.lanes.families.chat_prompts import ChatPrompts
from app.services.lanes.family import Family

CHAT = Family("chat", UtterancePlans(), ChatPrompts(), ChatAnswers())
