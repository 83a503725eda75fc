"""Fault drills: faults injected into a full stack of real processes, judged by the sandboxes' journals.

`make faults` injects random faults for some minutes, `make soak` one fault after another for an hour.
"""
