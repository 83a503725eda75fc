"""Bots, chats, memberships, tokens."""
