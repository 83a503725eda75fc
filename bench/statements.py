"""Duration of each SQL statement, measured at the engine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, event

LONGEST_S = 1.0
"""Maximum seconds of a statement of background work."""


@dataclass
class Statements:
    """Durations of an engine's statements, in seconds."""

    engine: Engine
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._begin)
        event.listen(self.engine, "after_cursor_execute", self._end)
        event.listen(self.engine, "handle_error", lambda context: self._end(context.connection))

    def _begin(self, connection: Connection, *rest: object) -> None:
        connection.info["began"] = time.perf_counter()

    def _end(self, connection: Connection | None, *rest: object) -> None:
        if connection is not None and "began" in connection.info:
            self.took.append(time.perf_counter() - connection.info.pop("began"))
