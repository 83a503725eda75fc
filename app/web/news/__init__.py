"""News feeds and their headlines."""

from app.web.news.routes import blueprint

__all__ = ["blueprint"]
