"""Bots and their personas."""

from app.web.bots.routes import blueprint

__all__ = ["blueprint"]
