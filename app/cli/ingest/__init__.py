"""Commands that take updates in."""
