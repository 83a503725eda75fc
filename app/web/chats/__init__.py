"""Chats and who is in them."""

from app.web.chats.routes import blueprint

__all__ = ["blueprint"]
