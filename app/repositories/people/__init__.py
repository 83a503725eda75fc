"""Mutes, and requests to be forgotten."""
