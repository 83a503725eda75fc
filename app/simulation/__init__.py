"""A fleet that lives through hours in seconds: the real `decide` on a virtual clock, made-up people, no model."""
