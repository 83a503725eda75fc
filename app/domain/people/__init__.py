"""Texts of the fleet commands."""
