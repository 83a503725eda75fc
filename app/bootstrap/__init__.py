"""The composition root: builds the Runtime once per process for the thin shells."""

from app.bootstrap.runtime import Runtime, build_runtime

__all__ = ["Runtime", "build_runtime"]
