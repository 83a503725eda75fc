"""Ticks, sweepers, retention, and the return after an outage."""
