"""Lanes, the check of shared requests for leaks, and the prompts and answers of digests and insights."""
