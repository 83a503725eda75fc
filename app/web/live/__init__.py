"""What happens now."""

from app.web.live.routes import blueprint

__all__ = ["blueprint"]
