"""What Telegram sent and what became of it."""

from app.web.updates.routes import blueprint

__all__ = ["blueprint"]
