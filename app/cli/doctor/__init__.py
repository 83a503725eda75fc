"""`chorus doctor`: read-only checks of an installation."""
