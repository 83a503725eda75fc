"""Chorus: a fleet of openly labelled, LLM-driven persona bots for Telegram groups."""

__version__ = "0.1.0"
