"""Probes and metrics."""

from app.web.health.routes import blueprint

__all__ = ["blueprint"]
