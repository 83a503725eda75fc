"""Settings that operators changed."""
