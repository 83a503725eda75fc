"""Settings that operators change while the fleet runs."""
