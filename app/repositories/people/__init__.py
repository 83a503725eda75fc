"""What people asked of the fleet: to be left alone, to be forgotten."""
