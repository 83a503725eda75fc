"""A local Telegram Bot API server with the real wire format, limits and failures."""
