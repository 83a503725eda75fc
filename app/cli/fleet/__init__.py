"""Commands for bots, chats and tokens."""
