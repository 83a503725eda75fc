"""Threads of a group chat: which message answers which, by Telegram's replies or by a model's guess."""
