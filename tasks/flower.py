"""The Celery app for Flower: `celery -A tasks.flower flower --logging=none`."""

from __future__ import annotations

from tasks.celery import app, configure_logs

configure_logs()

__all__ = ["app"]
