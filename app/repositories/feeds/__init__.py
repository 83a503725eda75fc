"""News feeds and their headlines."""
