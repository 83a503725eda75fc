"""CSRF protection of every change: the session's token in the form, or in the header `X-CSRFToken`."""

from __future__ import annotations

from flask_wtf import CSRFProtect

csrf = CSRFProtect()
