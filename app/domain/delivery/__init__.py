"""Message markup, allowed reactions and send rates for Telegram."""
