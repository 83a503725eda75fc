"""Ticks, sweepers, retention, and the ramp-up after an outage."""
