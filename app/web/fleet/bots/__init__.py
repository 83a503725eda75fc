"""Bots and their personas."""

from app.web.fleet.bots.routes import blueprint

__all__ = ["blueprint"]
