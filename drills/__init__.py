"""Fault drills: a whole stack of real processes, hurt on purpose, and judged by the sandboxes' journals.

`make faults` strikes at random for some minutes, `make soak` one fault after another for an hour.
"""
