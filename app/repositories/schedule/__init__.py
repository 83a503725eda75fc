"""Due ticks, the context of a tick, the sweepers, and retention."""
