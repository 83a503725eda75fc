"""Protocols through which services reach the outside world. Adapters and the fakes in tests implement them."""

from app.domain.ports.feeds import FeedAnswer, FeedSource
from app.domain.ports.limits import Allowance, CircuitBreaker, DaySlot, FloodLimiter, Grant, Pace, ProviderLimiter
from app.domain.ports.model import (
    AnswerCache,
    CapabilityStore,
    Completion,
    Learned,
    Listener,
    LLMClient,
    Memory,
    Recall,
    TokenEstimator,
)
from app.domain.ports.telegram import BotIdentity, ChatInfo, ListenedBot, MemberInfo, PolledBot, Telegram, WebhookInfo
from app.domain.ports.work import Clock, EventStream, SilenceLog, TaskQueue, TickRef, TokenVault

__all__ = [
    "Allowance",
    "AnswerCache",
    "BotIdentity",
    "CapabilityStore",
    "ChatInfo",
    "CircuitBreaker",
    "Clock",
    "Completion",
    "DaySlot",
    "EventStream",
    "FeedAnswer",
    "FeedSource",
    "FloodLimiter",
    "Grant",
    "LLMClient",
    "Learned",
    "ListenedBot",
    "Listener",
    "MemberInfo",
    "Memory",
    "Pace",
    "PolledBot",
    "ProviderLimiter",
    "Recall",
    "SilenceLog",
    "TaskQueue",
    "Telegram",
    "TickRef",
    "TokenEstimator",
    "TokenVault",
    "WebhookInfo",
]
