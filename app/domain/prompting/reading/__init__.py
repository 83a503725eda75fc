"""Reading what a model answered: strict first, then tolerant of wraps, cuts and slips, and never of doubt."""
