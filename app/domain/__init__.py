"""The pure core: no I/O, no clock, no global randomness. `now` and `rng` are arguments."""
