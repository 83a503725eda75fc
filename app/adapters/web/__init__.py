"""Pages of strangers, fetched so that nothing of ours can be reached through them."""
