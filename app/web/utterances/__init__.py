"""Sends of which nobody knows whether they arrived."""

from app.web.utterances.routes import blueprint

__all__ = ["blueprint"]
