"""What may leave for Telegram, and how fast."""
