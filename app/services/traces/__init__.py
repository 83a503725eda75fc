"""Explanations of what bots say or leave unsaid, and replay of decisions."""
