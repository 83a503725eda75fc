"""Chats and their members."""

from app.web.fleet.chats.routes import blueprint

__all__ = ["blueprint"]
