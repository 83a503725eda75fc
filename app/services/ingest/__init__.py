"""Updates from Telegram: taken in by polling, webhook or MTProto, and processed."""
