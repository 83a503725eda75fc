"""Stored ticks."""
