"""News feeds and their headlines."""

from app.web.feeds.routes import blueprint

__all__ = ["blueprint"]
