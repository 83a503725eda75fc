"""Traces and records of ticks."""
