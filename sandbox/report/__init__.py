"""The judge: what a run showed, computed from the sandboxes' journals alone."""
