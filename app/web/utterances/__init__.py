"""Work that needs an operator: sends whose outcome is unknown, and parked work."""

from app.web.utterances.routes import blueprint

__all__ = ["blueprint"]
