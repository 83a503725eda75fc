"""Sign-in, sign-out and changing one's own password."""

from app.web.access.routes import blueprint

__all__ = ["blueprint"]
