"""Leased work that raised errors, and parked items."""
