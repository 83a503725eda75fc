"""Signing in and out, and the own password."""

from app.web.auth.routes import blueprint

__all__ = ["blueprint"]
