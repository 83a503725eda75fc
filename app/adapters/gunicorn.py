"""Gunicorn's logs in our format, for the master and its workers, which inherit it by fork."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

from app.config import Settings
from app.domain.errors import ConfigError
from app.logs import configure_logging


class GunicornLogger(Logger):  # type: ignore[misc]
    """Logger class for `--logger-class`. Requests are not logged: the metrics count them."""

    def setup(self, cfg: Any) -> None:
        """Routes gunicorn's logs to ours. A bad environment is reported by the app, not here."""
        try:
            settings = Settings.from_env()
        except ConfigError:
            configure_logging("INFO", "console", process="web")
        else:
            configure_logging(settings.log_level, settings.log_format, settings.secrets, process="web")
        self.error_log.handlers[:] = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)
        self.access_log.disabled = True
