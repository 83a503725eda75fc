"""Hypothesis strategies for what ticks see and plan: every field of every dataclass, as its type hint says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from app.domain.behaviour.tick import Plan, TickContext

aware = st.datetimes(
    min_value=dt.datetime(2020, 1, 1),  # noqa: DTZ001 - `timezones` is put to it
    max_value=dt.datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=45))]),
)


def dataclasses_in(hint: Any) -> Iterator[type]:
    """The dataclasses that a type is made of, itself included, the innermost first."""
    for inner in get_args(hint):
        yield from dataclasses_in(inner)
    if isinstance(hint, type) and is_dataclass(hint):
        for inner in get_type_hints(hint).values():
            yield from dataclasses_in(inner)
        yield hint


st.register_type_strategy(dt.datetime, aware)
st.register_type_strategy(dt.time, st.times())
st.register_type_strategy(float, st.floats(allow_nan=False))
for kind in dict.fromkeys(dataclasses_in(TickContext)):
    st.register_type_strategy(kind, st.builds(kind, **{spec.name: ... for spec in fields(kind)}))

contexts = st.from_type(TickContext)
plans = st.from_type(Plan)
