"""The fleet at a glance."""

from app.web.overview.routes import blueprint

__all__ = ["blueprint"]
