"""Updates from Telegram and their outcomes."""

from app.web.ingest.routes import blueprint

__all__ = ["blueprint"]
