"""Analysis of one message: pure functions from text to facts about it."""
