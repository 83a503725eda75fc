"""The ramp-up after an outage."""
