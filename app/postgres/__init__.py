"""Postgres as a server: its address, and what its errors say about it."""
