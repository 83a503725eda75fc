"""A simulated fleet: hours in seconds, with the real `decide`, a virtual clock, simulated people and no model."""
