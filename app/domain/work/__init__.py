"""Batch sizes of long work."""
