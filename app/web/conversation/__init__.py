"""The live view: events, counters and messages."""

from app.web.conversation.routes import blueprint

__all__ = ["blueprint"]
