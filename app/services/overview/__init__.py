"""The dashboard's data."""
