"""Frozen dataclasses of plain values as JSON and back, exactly.

Floats keep every bit, whole numbers stay whole, an instant keeps its microseconds and its offset from UTC. What data is
read back as follows from type hints alone: a record names no class of ours and cannot make its reader run anything.
"""

from app.domain.traces.codec.hints import decode, encode
from app.domain.traces.codec.plain import CodecError

__all__ = ["CodecError", "decode", "encode"]
