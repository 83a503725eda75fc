"""The dashboard."""

from app.web.overview.routes import blueprint

__all__ = ["blueprint"]
