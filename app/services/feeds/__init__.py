"""News feeds: sources, reading, headlines."""
