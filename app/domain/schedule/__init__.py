"""A tick, what it sees, and the return after an outage."""
