"""Sends of which nobody knows whether they arrived."""

from app.web.outbox.routes import blueprint

__all__ = ["blueprint"]
