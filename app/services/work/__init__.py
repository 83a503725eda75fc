"""Leased work: each item is handled alone, retried with a growing delay, and parked in the end."""

from app.services.work.each import work_each
from app.services.work.kinds import DELIVERY, FEED, GENERATION, JOB, KINDS, TOKEN_CHECK, UPDATE, Kind
from app.services.work.parts import Failed, work_in_parts
from app.services.work.retries import set_aside, set_aside_alone

__all__ = [
    "DELIVERY",
    "FEED",
    "GENERATION",
    "JOB",
    "KINDS",
    "TOKEN_CHECK",
    "UPDATE",
    "Failed",
    "Kind",
    "set_aside",
    "set_aside_alone",
    "work_each",
    "work_in_parts",
]
