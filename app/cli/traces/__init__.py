"""Commands that explain and replay ticks."""
