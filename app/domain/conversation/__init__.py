"""Chats and messages, as the behaviour engine and prompts use them."""
