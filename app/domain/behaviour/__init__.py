"""The rules that decide who speaks where, to whom and about what. Pure: `now` and `rng` are arguments."""

ENGINE_VERSION = "3"
"""To be raised with every change after which the same context, instant and seed may give another decision."""
