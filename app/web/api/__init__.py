"""The JSON API, version 1."""

from app.web.api import feeds as feeds
from app.web.api import providers as providers
from app.web.api import settings as settings
from app.web.api.routes import blueprint

__all__ = ["blueprint"]
