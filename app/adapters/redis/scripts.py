"""Lua scripts beside this module, registered with a client."""

from __future__ import annotations

from importlib.resources import files

import redis
from redis.commands.core import Script


def load_script(client: redis.Redis, *names: str) -> Script:
    """The script made of the files `names`, one after the other: a later one uses the functions of those before it."""
    return client.register_script("\n".join(files(__package__).joinpath(name).read_text() for name in names))
