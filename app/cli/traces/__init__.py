"""Commands that explain and replay."""
