"""Bots and chats."""
