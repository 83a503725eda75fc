"""Leased work that raised errors, and what was given up."""
