"""Simulated people who write in the sandbox's groups."""
