"""Personas, active hours, and names of bots and chats."""
