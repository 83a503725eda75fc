"""Who a bot is, and when it is awake."""
