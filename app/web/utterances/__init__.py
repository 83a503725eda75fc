"""What waits for an operator: sends of which nobody knows whether they arrived, and work that was given up."""

from app.web.utterances.routes import blueprint

__all__ = ["blueprint"]
