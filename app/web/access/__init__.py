"""Signing in and out, and the own password."""

from app.web.access.routes import blueprint

__all__ = ["blueprint"]
