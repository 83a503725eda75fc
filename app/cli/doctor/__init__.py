"""`chorus doctor`: looks at an installation without changing anything."""
