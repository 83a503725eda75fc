"""The fleet at a glance."""

from app.web.dashboard.routes import blueprint

__all__ = ["blueprint"]
