"""The report on a run, computed from the sandboxes' journals alone."""
