"""What Telegram's updates mean, and which bot's copies of them count."""
