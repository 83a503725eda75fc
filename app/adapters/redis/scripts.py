"""Loader of the Lua scripts in this directory."""

from __future__ import annotations

from importlib.resources import files

import redis
from redis.commands.core import Script


def load_script(client: redis.Redis, *names: str) -> Script:
    """Registers the concatenation of the files `names`: later ones use the functions of earlier ones."""
    return client.register_script("\n".join(files(__package__).joinpath(name).read_text() for name in names))
