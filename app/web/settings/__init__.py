"""Settings and the kill switch."""

from app.web.settings.routes import blueprint

__all__ = ["blueprint"]
