"""Counters of the whole installation."""
