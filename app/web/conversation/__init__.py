"""What happens now."""

from app.web.conversation.routes import blueprint

__all__ = ["blueprint"]
