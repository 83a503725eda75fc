"""What people may ask of the fleet."""
