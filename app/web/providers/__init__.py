"""The list of providers: the models that answer."""

from app.web.providers.routes import blueprint

__all__ = ["blueprint"]
