"""Due ticks, what a tick sees, the sweepers, and retention."""
