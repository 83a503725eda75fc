"""Chats and who is in them."""

from app.web.fleet.chats.routes import blueprint

__all__ = ["blueprint"]
