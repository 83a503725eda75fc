"""Typed tables. Importing this package registers all of them on `Base.metadata`."""

from app.models.base import Base
from app.models.bot import Bot, Holding, Persona, Problem, Stance
from app.models.chat import Chat, Membership, Mute, Person, Rest
from app.models.feed import Feed, FeedChat, Headline
from app.models.folding import define_fold_name
from app.models.forgetting import ForgetRequest
from app.models.heartbeat import Heartbeat
from app.models.llm import Lane, LLMCapability, LLMJob, LLMProvider, LLMRequest, Spending
from app.models.message import InboxUpdate, Insight, Mention, Message
from app.models.setting import Setting
from app.models.trace import TickTrace
from app.models.user import User
from app.models.utterance import TickSchedule, Utterance
from app.models.work import WorkFailure

__all__ = [
    "Base",
    "Bot",
    "Chat",
    "Feed",
    "FeedChat",
    "ForgetRequest",
    "Headline",
    "Heartbeat",
    "Holding",
    "InboxUpdate",
    "Insight",
    "LLMCapability",
    "LLMJob",
    "LLMProvider",
    "LLMRequest",
    "Lane",
    "Membership",
    "Mention",
    "Message",
    "Mute",
    "Person",
    "Persona",
    "Problem",
    "Rest",
    "Setting",
    "Spending",
    "Stance",
    "TickSchedule",
    "TickTrace",
    "User",
    "Utterance",
    "WorkFailure",
    "define_fold_name",
]
