"""The rules that decide who speaks where, to whom and about what. Pure: `now` and `rng` are arguments."""
