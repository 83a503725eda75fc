"""Settings that operators change at run time."""
