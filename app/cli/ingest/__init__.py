"""Commands that receive updates."""
