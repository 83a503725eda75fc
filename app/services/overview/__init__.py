"""The installation at a glance."""
