"""Commands that people give the fleet."""
