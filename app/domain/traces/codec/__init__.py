"""Frozen dataclasses of plain values as JSON and back, exactly.

Floats keep every bit, whole numbers stay whole, an instant keeps its microseconds and its offset from UTC. The type to
decode to follows from type hints alone: a record names no classes and cannot make its reader execute code.
"""

from app.domain.traces.codec.hints import decode, encode
from app.domain.traces.codec.plain import CodecError

__all__ = ["CodecError", "decode", "encode"]
