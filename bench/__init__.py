"""Benchmarks of `make bench`: measured figures beside the limits of the same run."""
