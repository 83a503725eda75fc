"""People's commands to the fleet."""
