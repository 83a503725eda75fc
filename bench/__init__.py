"""Benchmarks of `make bench`: what the system does against the limits of the same run."""
