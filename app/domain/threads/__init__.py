"""Threads of a group chat: which message answers which, told by the chat itself or guessed."""
