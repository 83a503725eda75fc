"""News feeds: their sources, their reading, their headlines."""
