"""What Telegram sent and what became of it."""

from app.web.ingest.routes import blueprint

__all__ = ["blueprint"]
