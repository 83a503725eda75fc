"""Protection of everything that changes: a token of the session in the form, or in the header `X-CSRFToken`."""

from __future__ import annotations

from flask_wtf import CSRFProtect

csrf = CSRFProtect()
