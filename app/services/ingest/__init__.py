"""Updates from Telegram: received by polling, webhook or MTProto, and processed."""
