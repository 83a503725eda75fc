"""What the fleet costs."""

from app.web.money.routes import blueprint

__all__ = ["blueprint"]
