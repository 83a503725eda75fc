"""Parsing of Telegram's updates, and the choice of the bot whose copies are processed."""
