"""A clock for the Lua scripts of a Redis client, which only the test moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import redis

START_US = 1_790_000_000_000_000
OWN_TIME = """
local server, redis = redis, {}
local present = {table.remove(ARGV, #ARGV - 1), table.remove(ARGV)}
function redis.call(name, ...)
  local given = {...}
  if name == 'TIME' then return present end
  if name == 'PEXPIRE' then return 1 end
  if name == 'SET' and given[3] == 'PX' then return server.call('SET', given[1], given[2]) end
  return server.call(name, ...)
end
"""
"""Before a script: its last two arguments are the time, in seconds and microseconds; keys do not expire."""


class RedisClock:
    """The time as scripts registered from now on see it. What the server itself counts (PTTL) goes by its own clock."""

    def __init__(self, client: redis.Redis) -> None:
        self._us = START_US
        self._register: Callable[[str], Any] = client.register_script

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._us / 1e6

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self._us += round(seconds * 1e6)

    def read(self) -> tuple[int, int]:
        """As the command TIME answers."""
        return divmod(self._us, 1_000_000)

    def register_script(self, source: str) -> Callable[..., Any]:
        """As the client's method of this name."""
        script = self._register(OWN_TIME + source if "'TIME'" in source else source)
        if "'TIME'" not in source:
            return script

        def call(keys: Sequence[str] = (), args: Sequence[Any] = ()) -> Any:
            return script(keys=keys, args=[*args, *self.read()])

        return call
