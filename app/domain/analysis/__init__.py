"""Analysis of one message: pure functions from text to its features."""
